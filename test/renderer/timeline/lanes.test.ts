import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lanesOf, lastStageOf } from '../../../src-renderer/timeline/lanes.ts';

const stagesOf = (first: number, ...plans: readonly (string | number)[]) => [
  { layers: first, plan: null, strategy: null },
  ...plans.map((plan) =>
    typeof plan === 'number'
      ? { layers: plan, plan: null, strategy: null }
      : { layers: plan.split(' ').length, plan, strategy: 's' },
  ),
];
const shown = (...stages: Parameters<typeof stagesOf>) =>
  lanesOf(stagesOf(...stages)).lanes.map(
    ({ bornInStage, places, parent }) =>
      `${bornInStage}:${places.join(',')}${parent ? `<${parent.row}` : ''}`,
  );

describe('lanesOf', () => {
  it('keeps the layers of a stack in their lanes and lets the copies shoot from them', () => {
    expect(shown(2, '0 1 0 1')).toEqual(['0:0,0', '0:1,1', '1:2<0', '1:3<1']);
  });

  it('puts interleaved copies between their parents', () => {
    expect(shown(2, '0 0 1 1')).toEqual(['0:0,0', '1:1<0', '0:1,2', '1:3<2']);
  });

  it('takes a plain copy for the layer itself before a scaled or an identity copy', () => {
    expect(shown(1, '0* 0~0.5 0')).toEqual(['1:0<2', '1:1<2', '0:0,2']);
  });

  it('lets a layer go on as a scaled copy where there is no plain one', () => {
    expect(shown(1, '0~0.5 r')).toEqual(['0:0,0', '1:1']);
  });

  it('ends the lane of a layer that is not carried on above its neighbour of then', () => {
    const { lanes } = lanesOf(stagesOf(3, '0 2 2'));
    expect(lanes.map((lane) => [lane.places, lastStageOf(lane)])).toEqual([
      [[0, 0], 1],
      [[1], 0],
      [[2, 1], 1],
      [[2], 1],
    ]);
  });

  it('gives an average both lanes it is made of, and goes on with neither', () => {
    const { lanes } = lanesOf(stagesOf(2, '0 0+1 1'));
    expect(lanes.map(({ places, parent, otherParent }) => [places, parent?.row, otherParent?.row])).toEqual([
      [[0, 0], undefined, undefined],
      [[1], 0, 2],
      [[1, 2], undefined, undefined],
    ]);
    expect(shown(2, '0+1 r')).toEqual(['0:0', '0:1', '1:0<0', '1:1']);
  });

  it('has rows for stages that are only planned', () => {
    const { knownStages, rows, lanes } = lanesOf(stagesOf(2, '0 1 r', 6));
    expect({ knownStages, rows, lanes: lanes.length }).toEqual({ knownStages: 2, rows: 6, lanes: 3 });
  });

  it('gives every layer of every stage exactly one lane, whatever the plans', () => {
    const chain = fc
      .array(
        fc.array(fc.tuple(fc.nat(), fc.constantFrom('', '*', '~0.5', 'r', 'z', 'i')), {
          minLength: 1,
          maxLength: 7,
        }),
        {
          maxLength: 5,
        },
      )
      .map((stages) => {
        let before = 3;
        return stages.map((layers) => {
          const plan = layers
            .map(([from, kind]) => (/[rzi]/.test(kind) ? kind : `${from % before}${kind}`))
            .join(' ');
          before = layers.length;
          return plan;
        });
      });
    fc.assert(
      fc.property(chain, (plans) => {
        const stages = stagesOf(3, ...plans);
        const { lanes, knownStages } = lanesOf(stages);
        expect(knownStages).toBe(stages.length);
        stages.forEach(({ layers }, stage) => {
          const places = lanes
            .filter((lane) => lane.bornInStage <= stage && lastStageOf(lane) >= stage)
            .map((lane) => lane.places[stage - lane.bornInStage]!);
          expect(places.toSorted((a, b) => a - b)).toEqual(
            Array.from({ length: layers }, (_, place) => place),
          );
        });
        expect(lanes.map(({ row }) => row)).toEqual(lanes.map((_, row) => row));
      }),
    );
  });
});
