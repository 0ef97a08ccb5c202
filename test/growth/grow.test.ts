import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GrownModel } from '../../src-main/growth/grow.ts';
import { grow } from '../../src-main/growth/grow.ts';
import type { AdamMoments } from '../../src-main/growth/moments.ts';
import { initialParameters, parameterLayout } from '../../src-main/model/parameter-layout.ts';
import type { TestModel } from './forward-pass.ts';
import { logitsOf, maxDifference, sourceModel } from './forward-pass.ts';
import { anyStrategy, strategy } from './strategies.ts';

/** Moments in which every value names its tensor, so that a copy shows where it came from. */
function markedMoments(source: TestModel): AdamMoments {
  const marked = (offset: number) =>
    new Map(
      parameterLayout(source.architecture).map(({ name, size }, index) => [
        name,
        new Float32Array(size).fill(offset + index),
      ]),
    );
  return { m: marked(1), v: marked(1001) };
}

type Knobs = Parameters<typeof strategy>[0];

function grown(
  knobs: Knobs,
  sourceLayers: number,
  targetLayers: number,
  moments: AdamMoments | null = null,
): GrownModel & { source: TestModel } {
  const source = sourceModel(sourceLayers);
  const model = grow({
    source: { ...source, moments },
    targetLayers,
    strategy: strategy(knobs),
    seed: 9,
    repeat: 0,
  });
  return { ...model, source };
}

const isZero = (values: Float32Array | undefined): boolean => values?.every((value) => value === 0) ?? false;

describe('grow', () => {
  it('keeps the function of the source for identity strategies', () => {
    for (const knobs of [
      { operator: 'identityCopy', noise: 0.1 },
      { operator: 'identityRandom', position: 1 },
      { operator: 'llamaPro' },
      { operator: 'dead' },
    ] as const) {
      const { source, ...model } = grown(knobs, 3, 5);
      expect(maxDifference(logitsOf(source), logitsOf(model)), knobs.operator).toBe(0);
      // Noise on the copies changes in-projections, which an identity layer does not let through.
      expect(model.exactness).toBe('exact');
    }
  });

  it('grows the same bytes whatever the strategy is called and whatever was grown before', () => {
    fc.assert(
      fc.property(anyStrategy, anyStrategy, (first, second) => {
        const source = { ...sourceModel(2), moments: null };
        const run = (chosen: typeof first) => {
          try {
            return grow({ source, targetLayers: 4, strategy: chosen, seed: 3, repeat: 1 }).parameters;
          } catch {
            return null;
          }
        };
        const alone = run(first);
        run(second);
        expect(run({ ...first, name: 'renamed' })).toEqual(alone);
      }),
      { numRuns: 30 },
    );
  });

  it('gives random and identity insertion at one place the same new layers but for the out-projections', () => {
    const random = grown({ operator: 'random', position: 'bottom' }, 2, 3).parameters;
    const identity = grown({ operator: 'identityRandom', position: 'bottom' }, 2, 3).parameters;
    for (const [name, values] of random) {
      const isOutMatrix = /^h\.0\.(attn\.o|mlp\.down)\.w$/.test(name);
      if (isOutMatrix) expect(isZero(identity.get(name))).toBe(true);
      else expect(identity.get(name), name).toEqual(values);
    }
  });

  it('keeps nothing of the source from scratch, and nothing of its initial values either', () => {
    const model = grown({ operator: 'scratch' }, 2, 3);
    expect(model).toMatchObject({ plan: null, planText: 'scratch', exactness: 'none' });
    expect(model.lineage.map((layer) => layer.kind)).toEqual(['random', 'random', 'random']);
    expect(model.parameters.get('wte')).not.toEqual(model.source.parameters.get('wte'));
    const initial = initialParameters(model.architecture, 9);
    expect(model.parameters.get('wte')).not.toEqual(initial.get('wte'));
    expect([...model.parameters.keys()]).toEqual([...initial.keys()]);
    const deviation = Math.sqrt(
      model.parameters.get('wte')!.reduce((sum, value) => sum + value ** 2, 0) / (11 * 12),
    );
    expect(Math.abs(deviation / 0.05 - 1)).toBeLessThan(5 / Math.sqrt(2 * 11 * 12));
  });

  it('keeps the embeddings and the final LayerNorm and nothing else with embOnly', () => {
    const model = grown({ operator: 'embOnly' }, 2, 3);
    const scratch = grown({ operator: 'scratch' }, 2, 3);
    for (const [name, values] of model.parameters)
      expect(values, name).toEqual(
        (name.startsWith('h.') ? scratch.parameters : model.source.parameters).get(name),
      );
    expect(model).toMatchObject({ planText: 'embOnly', exactness: 'none' });
  });

  it('puts strategy noise on second and later copies only', () => {
    const model = grown({ operator: 'stack', noise: 0.05 }, 2, 4);
    expect(model.planText).toBe('0 1 0+0.05 1+0.05');
    expect(model.parameters.get('h.1.attn.q.w')).toEqual(model.source.parameters.get('h.1.attn.q.w'));
    expect(model.parameters.get('h.3.attn.q.w')).not.toEqual(model.source.parameters.get('h.1.attn.q.w'));
    expect(() => grown({ operator: 'stack', noise: 0.05 }, 2, 2)).toThrow(/noise 0.05.*E_RANGE/);
  });

  it('follows hand-made plans, dropped layers included, and demands their length', () => {
    expect(grown({ operator: 'plan', layers: '1 0* r' }, 3, 3).planText).toBe('1 0* r');
    expect(grown({ operator: 'plan', layers: '0 2' }, 3, 2).architecture.layers).toBe(2);
    expect(() => grown({ operator: 'plan', layers: '0 1 2' }, 3, 4)).toThrow(/3 entries.*4 layers/);
    expect(() => grown({ operator: 'plan', layers: '0 3' }, 3, 2)).toThrow(/source layer 3/);
    const entries = [{ body: { kind: 'copy' as const, layer: 0 }, outScale: 0.5 }];
    expect(grown({ operator: 'plan', layers: entries }, 1, 1).planText).toBe('0~0.5');
  });

  it('does not touch the layers of a source without any', () => {
    const model = grown({ operator: 'random' }, 0, 2);
    expect(model.planText).toBe('r r');
    expect(model.parameters.get('wte')).toEqual(model.source.parameters.get('wte'));
  });
});

describe('grow, Adam moments', () => {
  const source = sourceModel(2);
  const moments = markedMoments(source);

  it('are zero by default, one for every parameter', () => {
    const model = grown({ operator: 'stack' }, 2, 4, moments);
    for (const moment of [model.momentM, model.momentV]) {
      expect([...moment.keys()]).toEqual([...model.parameters.keys()]);
      for (const [name, values] of moment) {
        expect(values).toHaveLength(model.parameters.get(name)!.length);
        expect(isZero(values)).toBe(true);
      }
    }
  });

  it('follow plain copies and what is outside layers, and start at zero everywhere else', () => {
    const knobs = { operator: 'plan', layers: '1 0* 0~0.5 1~1:0.5 r i z 0+0.1', moments: 'copy' } as const;
    const model = grown(knobs, 2, 8, moments);
    const from = [1, null, 0, 1, null, null, null, 0];
    for (const { name, role, layer } of parameterLayout(model.architecture)) {
      const isScaled =
        (layer === 2 && /^(attn\.o|mlp\.down)/.test(role)) || (layer === 3 && role.startsWith('mlp.down'));
      const origin =
        layer === null ? name : from[layer] === null || isScaled ? null : `h.${from[layer]}.${role}`;
      for (const [mine, theirs] of [
        [model.momentM, moments.m],
        [model.momentV, moments.v],
      ] as const)
        if (origin === null) expect(isZero(mine.get(name)), name).toBe(true);
        else expect(mine.get(name), name).toEqual(theirs.get(origin));
    }
  });

  it('are the mean of both layers for an average, and zero where it adds nothing or is scaled', () => {
    const knobs = { operator: 'plan', layers: '0+1 1+0~0.5 0+1*', moments: 'copy' } as const;
    const model = grown(knobs, 2, 3, moments);
    for (const { name, role, layer } of parameterLayout(model.architecture))
      for (const [mine, theirs] of [
        [model.momentM, moments.m],
        [model.momentV, moments.v],
      ] as const) {
        const isZeroed = layer === 2 || (layer === 1 && /^(attn\.o|mlp\.down)/.test(role));
        if (layer === null) continue;
        const upper = theirs.get(`h.1.${role}`)!;
        const mean = theirs.get(`h.0.${role}`)!.map((value, index) => (value + upper[index]!) / 2);
        if (isZeroed) expect(isZero(mine.get(name)), name).toBe(true);
        else expect(mine.get(name), name).toEqual(mean);
      }
  });

  it('share no memory with the source or among each other', () => {
    const model = grown({ operator: 'stack', moments: 'copy' }, 2, 4, moments);
    const buffers = [moments.m, moments.v, model.momentM, model.momentV, model.parameters].flatMap((map) =>
      [...map.values()].map((values) => values.buffer),
    );
    expect(new Set(buffers).size).toBe(buffers.length);
  });

  it('are copied for the embeddings with embOnly, and never from scratch', () => {
    const model = grown({ operator: 'embOnly', moments: 'copy' }, 2, 3, moments);
    expect(model.momentM.get('wpe')).toEqual(moments.m.get('wpe'));
    expect(isZero(model.momentM.get('h.0.attn.q.w'))).toBe(true);
    expect(isZero(grown({ operator: 'scratch' }, 2, 3, moments).momentM.get('wpe'))).toBe(true);
  });

  it('are refused when the source has none, or not all of them', () => {
    expect(() => grown({ operator: 'stack', moments: 'copy' }, 2, 4, null)).toThrow(/source has none/);
    const partial = { m: moments.m, v: new Map([...moments.v].slice(1)) };
    expect(() => grown({ operator: 'stack', moments: 'copy' }, 2, 4, partial)).toThrow(/moment v wte/);
  });
});
