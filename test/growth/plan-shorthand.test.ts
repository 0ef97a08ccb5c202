import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerPlan, PlanEntry } from '../../src-main/contract/layer-plan.ts';
import { layerPlanSchema } from '../../src-main/contract/layer-plan.ts';
import { normalForm, samePlan } from '../../src-main/growth/plan-normal-form.ts';
import { parsePlan, parsePlanEntries, printPlan } from '../../src-main/growth/plan-shorthand.ts';

const factor = fc.oneof(
  fc.constantFrom(0, 0.5, 1 / 3, 1 / 7, 1 / Math.SQRT2, 1, -1, 1e-9),
  fc.double({ min: -4, max: 4, noNaN: true }),
);

const anyEntry: fc.Arbitrary<PlanEntry> = fc.oneof(
  fc.record(
    {
      body: fc.record({ kind: fc.constant('copy' as const), layer: fc.integer({ min: 0, max: 11 }) }),
      identity: fc.boolean(),
      outScale: factor,
      outScaleMlp: factor,
      noise: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    },
    { requiredKeys: ['body'] },
  ),
  fc.record(
    {
      body: fc.record({
        kind: fc.constant('average' as const),
        layer: fc.integer({ min: 0, max: 11 }),
        and: fc.integer({ min: 0, max: 11 }),
      }),
      identity: fc.boolean(),
      outScale: factor,
      outScaleMlp: factor,
      noise: fc.oneof(fc.constantFrom(0, 1, 1e-7), fc.double({ min: 0, max: 1, noNaN: true })),
    },
    { requiredKeys: ['body'] },
  ),
  fc.record(
    { body: fc.constant({ kind: 'random' as const }), identity: fc.boolean(), outScale: factor },
    { requiredKeys: ['body'] },
  ),
  fc.constant({ body: { kind: 'zero' as const } }),
);

const anyPlan: fc.Arbitrary<LayerPlan> = fc
  .array(anyEntry, { minLength: 1, maxLength: 12 })
  .map((layers) => ({ version: 1, sourceLayers: 12, layers }));

describe('printPlan', () => {
  it('is read back to a plan with the same normal form, which the schema accepts', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const back = parsePlan(printPlan(plan), plan.sourceLayers);
        expect(normalForm(back)).toEqual(normalForm(plan));
        expect(layerPlanSchema.safeParse(back).success).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is equal for two plans exactly when the plans are', () => {
    fc.assert(
      fc.property(anyPlan, anyPlan, (a, b) => {
        expect(printPlan(a) === printPlan(b)).toBe(samePlan(a, b));
      }),
    );
  });

  it('writes halves as decimals, thirds as fractions, factors 0 as a star', () => {
    const print = (text: string) => printPlan(parsePlan(text, 9));
    expect(print('1~½ 2~1/3 3~0 r~0 4~0.5:0.5 5~1:0 6~0:1 7+0.01 8*+.5')).toBe(
      '1~0.5 2~1/3 3* i 4~0.5 5~1:0 6~0:1 7+0.01 8*+0.5',
    );
  });

  it('writes averages with the lower layer first, that of a layer with itself as its copy, a noise of 1 as 1.0', () => {
    const print = (text: string) => printPlan(parsePlan(text, 9));
    expect(print('1+2 2+1 3+3 2+1* 1+2~½ 1+2~1:0 0+5+0.01 0+5~0.5+1.0 3+1.0 3*+1')).toBe(
      '1+2 1+2 3 1+2* 1+2~0.5 1+2~1:0 0+5+0.01 0+5~0.5+1.0 3+1.0 3*+1.0',
    );
    // A list may name one layer twice; it is the same plan.
    const body = { kind: 'average' as const, layer: 4, and: 4 };
    expect(printPlan({ version: 1, sourceLayers: 9, layers: [{ body }] })).toBe('4');
  });
});

describe('parsePlanEntries', () => {
  it('reads every kind of word', () => {
    expect(parsePlanEntries('0 1*, 2~0.5\n r i z 3~½')).toEqual([
      { body: { kind: 'copy', layer: 0 } },
      { body: { kind: 'copy', layer: 1 }, identity: true },
      { body: { kind: 'copy', layer: 2 }, outScale: 0.5 },
      { body: { kind: 'random' } },
      { body: { kind: 'random' }, identity: true },
      { body: { kind: 'zero' } },
      { body: { kind: 'copy', layer: 3 }, outScale: 0.5 },
    ]);
  });

  it('tells averages from noise: a whole number after the first + is a layer', () => {
    const bodies = (text: string) => parsePlanEntries(text).map(({ body, noise }) => ({ ...body, noise }));
    expect(bodies('3+1 3+12 0+1x2')).toEqual([
      { kind: 'average', layer: 3, and: 1 },
      { kind: 'average', layer: 3, and: 12 },
      { kind: 'average', layer: 0, and: 1 },
      { kind: 'average', layer: 0, and: 1 },
    ]);
    for (const [text, noise] of [
      ['3+0.5', 0.5],
      ['3+1/2', 0.5],
      ['3+½', 0.5],
      ['3+1e-7', 1e-7],
      ['3+1.0', 1],
      ['3~0.5+1', 1],
      ['3*+1', 1],
    ] as const)
      expect(bodies(text), text).toEqual([{ kind: 'copy', layer: 3, noise }]);
  });

  it('reads the words of the designer in their other spelling', () => {
    expect(parsePlanEntries('0 1 1z 2*0.5 1+2 R Rz Z')).toEqual(parsePlanEntries('0 1 1* 2~0.5 1+2 r i z'));
    expect(parsePlanEntries('1+2z 1+2*0.5 2*.5:1 3*x2 I')).toEqual(
      parsePlanEntries('1+2* 1+2~0.5 2~0.5:1 3* 3* i'),
    );
  });

  it('repeats a word as often as it says', () => {
    expect(parsePlanEntries('r×3 1x2')).toHaveLength(5);
  });

  it.each([
    ['0 q 1', 'Word 2', 'not a plan word'],
    ['0 -1', 'Word 2', 'not a plan word'],
    ['1.5', 'Word 1', 'not a plan word'],
    ['1 2*~0.5', 'Word 2', 'factor'],
    ['z~0.5', 'Word 1', 'factor'],
    ['0 1+2+3', 'Word 2 of the plan, "1+2+3"', 'two source layers'],
    ['0 1+', 'Word 2 of the plan, "1+"', 'not a plan word'],
    ['1+r', 'Word 1', 'not a plan word'],
    ['1 iz', 'Word 2', 'not a plan word'],
    ['1*z', 'Word 1', 'not a plan word'],
    ['1~1/0', 'Word 1', 'finite'],
    ['r×0', 'Word 1', '1 to 512'],
    ['r×513', 'Word 1', '1 to 512'],
    ['r×512 r', '513 layers', '1 to 512'],
    ['  ', '0 layers', '1 to 512'],
  ])('refuses %j, saying %s and %s', (text, place, why) => {
    expect(() => parsePlanEntries(text)).toThrow(place);
    expect(() => parsePlanEntries(text)).toThrow(why);
  });
});
