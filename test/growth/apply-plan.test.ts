import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerPlan } from '../../src-main/contract/layer-plan.ts';
import type { AppliedPlan } from '../../src-main/growth/apply-plan.ts';
import { applyPlan } from '../../src-main/growth/apply-plan.ts';
import { parsePlan } from '../../src-main/growth/plan-shorthand.ts';
import {
  layerParameterName,
  OUT_PROJECTION_ROLES,
  parameterLayout,
} from '../../src-main/model/parameter-layout.ts';
import type { TestModel } from './forward-pass.ts';
import { logitsOf, maxDifference, sourceModel } from './forward-pass.ts';
import { anyStrategy, compileOrNull } from './strategies.ts';

const DRAW = { seed: 1, repeat: 0 };

function applied(source: TestModel, plan: LayerPlan | string, draw = DRAW): AppliedPlan & TestModel {
  const full = typeof plan === 'string' ? parsePlan(plan, source.architecture.layers) : plan;
  const target = { ...source.architecture, layers: full.layers.length };
  return { architecture: target, ...applyPlan({ source, target, plan: full, ...draw }) };
}

const bytesOf = (values: Float32Array): string => Buffer.from(values.buffer.slice(0)).toString('base64');
const bytes = (parameters: ReadonlyMap<string, Float32Array>): Record<string, string> =>
  Object.fromEntries(Array.from(parameters, ([name, values]) => [name, bytesOf(values)]));

/** A plan that keeps the function: the source in order, identity layers of every kind anywhere. */
const exactPlan = (layers: number): fc.Arbitrary<LayerPlan> =>
  fc
    .array(
      fc.array(
        fc.oneof(
          fc.constantFrom('i', 'z', 'r~0'),
          ...(layers > 0
            ? [
                fc.nat(layers - 1).map((layer) => `${layer}*`),
                fc.nat(layers - 1).map((layer) => `${layer}*+0.1`),
              ]
            : []),
        ),
        { maxLength: 2 },
      ),
      { minLength: layers + 1, maxLength: layers + 1 },
    )
    .filter((gaps) => layers > 0 || gaps.some((gap) => gap.length > 0))
    .map((gaps) =>
      parsePlan(
        gaps.flatMap((gap, index) => [...gap, ...(index < layers ? [String(index)] : [])]).join(' '),
        layers,
      ),
    );

const shape = fc.record({
  activation: fc.constantFrom('gelu' as const, 'relu' as const),
  attentionBias: fc.boolean(),
  tiedEmbedding: fc.boolean(),
});

describe('applyPlan', () => {
  it('keeps every logit to the last bit for any plan of the class exact', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 }).chain((layers) => fc.tuple(fc.constant(layers), exactPlan(layers))),
        fc.nat(1000),
        shape,
        ([layers, plan], seed, sizes) => {
          const source = sourceModel(layers, seed, sizes);
          const grown = applied(source, plan);
          expect(grown.exactness).toBe('exact');
          expect(maxDifference(logitsOf(source), logitsOf(grown))).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('says exact, approx or none as the logits show, for every operator', () => {
    fc.assert(
      fc.property(
        anyStrategy,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (drawn, L, n) => {
          const compiled = compileOrNull(drawn, L, L + n);
          if (compiled === null) return;
          const source = sourceModel(L);
          const grown = applied(source, compiled.plan!);
          expect(grown.exactness).toBe(compiled.exactness);
          const difference = maxDifference(logitsOf(source), logitsOf(grown));
          if (grown.exactness === 'exact') expect(difference).toBe(0);
          else expect(difference).toBeGreaterThan(1e-2);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('would not be exact if one out-projection or its bias were left unscaled', () => {
    const source = sourceModel(3);
    const plan = '0 0* 1 1* 2 2*';
    const wanted = logitsOf(source);
    expect(maxDifference(wanted, logitsOf(applied(source, plan)))).toBe(0);
    for (const role of OUT_PROJECTION_ROLES) {
      const mutated = applied(source, plan);
      mutated.parameters.set(
        layerParameterName(3, role),
        source.parameters.get(layerParameterName(1, role))!,
      );
      expect(maxDifference(wanted, logitsOf(mutated)), role).toBeGreaterThan(1e-2);
    }
  });

  it('makes an error of second order in the branches with half steps, of first order with whole ones', () => {
    const errorAt = (t: number, plan: string): number => {
      const source = sourceModel(3);
      for (let layer = 0; layer < 3; layer++)
        for (const role of OUT_PROJECTION_ROLES) {
          const values = source.parameters.get(layerParameterName(layer, role))!;
          values.forEach((value, index) => {
            values[index] = t * value;
          });
        }
      return maxDifference(logitsOf(source), logitsOf(applied(source, plan)));
    };
    for (const t of [0.02, 0.01]) {
      const ratio = (plan: string) => errorAt(t, plan) / errorAt(t / 2, plan);
      expect(ratio('0~½×2 1~½×2 2~½×2')).toBeGreaterThan(3.6);
      expect(ratio('0~½×2 1~½×2 2~½×2')).toBeLessThan(4.4);
      expect(ratio('0 0 1 1 2 2')).toBeGreaterThan(1.8);
      expect(ratio('0 0 1 1 2 2')).toBeLessThan(2.4);
    }
  });

  it('copies layers and all that is outside layers bitwise, and scales both branches by their factors', () => {
    const source = sourceModel(2, 1, { tiedEmbedding: false });
    const grown = applied(source, '1 0~0.5 1~0.25:-2');
    for (const parameter of parameterLayout(grown.architecture)) {
      const { name, role, layer } = parameter;
      const from = layer === null ? name : layerParameterName([1, 0, 1][layer]!, role);
      const branch = role.startsWith('attn.o') ? 0 : role.startsWith('mlp.down') ? 1 : 2;
      const factor =
        layer === null
          ? 1
          : ([
              [1, 1],
              [0.5, 0.5],
              [0.25, -2],
            ][layer]![branch] ?? 1);
      const expected = source.parameters.get(from)!.map((value) => value * factor);
      expect(bytesOf(grown.parameters.get(name)!), name).toBe(bytesOf(expected));
    }
  });

  it('averages every tensor of two layers, whatever their order and the seed, before noise and factors', () => {
    const source = sourceModel(3);
    const grown = applied(source, '0 0+2 1 2+0 0+2~0.5:-1 0+2* 2+2', { seed: 7, repeat: 3 });
    for (const { name, role, layer } of parameterLayout(grown.architecture)) {
      if (layer === null || layer === 0 || layer === 2) continue;
      const [low, high] = [0, 2].map((from) => source.parameters.get(layerParameterName(from, role))!);
      const mean = low!.map((value, index) => (value + high![index]!) / 2);
      const attention = { 4: 0.5, 5: 0 }[layer] ?? 1;
      const mlp = { 4: -1, 5: 0 }[layer] ?? 1;
      const factor = role.startsWith('attn.o') ? attention : role.startsWith('mlp.down') ? mlp : 1;
      const expected =
        layer === 6 ? high! : factor === 0 ? mean.fill(0) : mean.map((value) => value * factor);
      expect(bytesOf(grown.parameters.get(name)!), name).toBe(bytesOf(expected));
    }
  });

  it('makes the average of equal layers that layer, to the last bit', () => {
    const source = sourceModel(2);
    for (const role of parameterLayout(source.architecture).flatMap(({ layer, role: own }) =>
      layer === 1 ? [own] : [],
    ))
      source.parameters.set(
        layerParameterName(1, role),
        source.parameters.get(layerParameterName(0, role))!.slice(),
      );
    expect(bytes(applied(source, '0 0+1').parameters)).toEqual(bytes(applied(source, '0 1').parameters));
  });

  it('adds noise to averaged weight matrices, relative to the mean, and keeps an identity average exact', () => {
    const source = sourceModel(2, 1, { width: 48 });
    const grown = applied(source, '0 0+1+0.1 1').parameters;
    const clean = applied(source, '0 0+1 1').parameters;
    const rms = (values: Float32Array): number =>
      Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    const mean = clean.get('h.1.mlp.up.w')!;
    const noise = grown.get('h.1.mlp.up.w')!.map((value, index) => value - mean[index]!);
    expect(Math.abs(rms(noise) / rms(mean) / 0.1 - 1)).toBeLessThan(5 / Math.sqrt(2 * mean.length));
    expect(grown.get('h.1.ln1.g')).toEqual(clean.get('h.1.ln1.g'));
    expect(maxDifference(logitsOf(source), logitsOf(applied(source, '0 0+1*+0.1 1')))).toBe(0);
    expect(maxDifference(logitsOf(source), logitsOf(applied(source, '0 0+1 1')))).toBeGreaterThan(1e-2);
  });

  it('has exactly the parameters of the target, all finite, none sharing memory', () => {
    fc.assert(
      fc.property(
        anyStrategy,
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (drawn, L, n) => {
          const compiled = compileOrNull(drawn, L, L + n);
          if (compiled === null) return;
          const source = sourceModel(L);
          const grown = applied(source, compiled.plan!);
          const layout = parameterLayout(grown.architecture);
          expect([...grown.parameters.keys()]).toEqual(layout.map((parameter) => parameter.name));
          for (const { name, size } of layout) expect(grown.parameters.get(name)).toHaveLength(size);
          const all = [...grown.parameters.values()];
          expect(all.every((values) => values.every(Number.isFinite))).toBe(true);
          const buffers = [...all, ...source.parameters.values()].map((values) => values.buffer);
          expect(new Set(buffers).size).toBe(buffers.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leaves the source as it was, and gives the same bytes again', () => {
    const source = sourceModel(3);
    const before = bytes(source.parameters);
    const plan = '0 0+0.2 r 1~0.5 2 i 2*';
    const first = bytes(applied(source, plan).parameters);
    expect(bytes(source.parameters)).toEqual(before);
    expect(bytes(applied(source, plan).parameters)).toEqual(first);
    expect(bytes(applied(source, plan, { seed: 2, repeat: 0 }).parameters)).not.toEqual(first);
    expect(bytes(applied(source, plan, { seed: 1, repeat: 1 }).parameters)).not.toEqual(first);
  });

  it('is the source again, to the last bit, for the plan 0 1 2', () => {
    const source = sourceModel(3);
    expect(bytes(applied(source, '0 1 2').parameters)).toEqual(bytes(source.parameters));
  });

  it('draws the same random layer whatever stands around it, but another for each place and tensor', () => {
    const source = sourceModel(2);
    const a = applied(source, '0 1 r r').parameters;
    const b = applied(source, '1 0+0.3 i r').parameters;
    expect(b.get('h.2.attn.q.w')).toEqual(a.get('h.2.attn.q.w'));
    expect(b.get('h.3.mlp.down.w')).toEqual(a.get('h.3.mlp.down.w'));
    expect(a.get('h.2.attn.q.w')).not.toEqual(a.get('h.3.attn.q.w'));
    expect(a.get('h.2.attn.q.w')).not.toEqual(a.get('h.2.attn.k.w'));
  });

  it('draws random layers with the deviation of the target depth', () => {
    const source = sourceModel(1, 1, { width: 48 });
    const grown = applied(source, '0 r×7').parameters;
    const values = [2, 4, 6].flatMap((layer) => [...grown.get(`h.${layer}.attn.o.w`)!]);
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    const expected = 1 / Math.sqrt(48) / Math.sqrt(2 * 8);
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * values.length));
    expect(grown.get('h.2.ln1.g')!.every((value) => value === 1)).toBe(true);
  });

  it('adds noise of the asked relative size to weight matrices of the noisy copy only, before scaling', () => {
    const source = sourceModel(1, 1, { width: 48 });
    const grown = applied(source, '0 0~0.5+0.1').parameters;
    const before = source.parameters.get('h.0.mlp.up.w')!;
    const after = grown.get('h.1.mlp.up.w')!;
    const rms = (values: ArrayLike<number>): number =>
      Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length);
    const relative = rms(after.map((value, index) => value - before[index]!)) / rms(before);
    expect(Math.abs(relative / 0.1 - 1)).toBeLessThan(5 / Math.sqrt(2 * before.length));
    const out = source.parameters.get('h.0.attn.o.w')!;
    const scaledOut = grown.get('h.1.attn.o.w')!;
    const outNoise = rms(scaledOut.map((value, index) => value / 0.5 - out[index]!)) / rms(out);
    expect(Math.abs(outNoise / 0.1 - 1)).toBeLessThan(5 / Math.sqrt(2 * out.length));
    expect(grown.get('h.0.mlp.up.w')).toEqual(before);
    expect(grown.get('h.1.mlp.up.b')).toEqual(source.parameters.get('h.0.mlp.up.b'));
    expect(grown.get('h.1.ln1.g')).toEqual(source.parameters.get('h.0.ln1.g'));
  });

  it('makes zero layers of zeros, gains included, and writes +0 where a factor is 0', () => {
    const grown = applied(sourceModel(2), '0 z 1 1*');
    for (const [name, values] of grown.parameters)
      if (name.startsWith('h.1.') || /^h\.3\.(attn\.o|mlp\.down)/.test(name))
        expect(
          values.every((value) => Object.is(value, 0)),
          name,
        ).toBe(true);
  });

  it('records where every layer comes from', () => {
    const { lineage } = applied(sourceModel(2), '1 0~0.5+0.1 r i z 1+0~0.5');
    expect(lineage).toEqual([
      { kind: 'copy', from: 1, outScale: 1, outScaleMlp: 1, noise: 0 },
      { kind: 'copy', from: 0, outScale: 0.5, outScaleMlp: 0.5, noise: 0.1 },
      { kind: 'random', from: null, outScale: 1, outScaleMlp: 1, noise: 0 },
      { kind: 'random', from: null, outScale: 0, outScaleMlp: 0, noise: 0 },
      { kind: 'zero', from: null, outScale: 0, outScaleMlp: 0, noise: 0 },
      { kind: 'average', from: 0, and: 1, outScale: 0.5, outScaleMlp: 0.5, noise: 0 },
    ]);
  });

  it('refuses a target that differs in more than depth, naming the differences', () => {
    const source = sourceModel(1);
    const target = { ...source.architecture, layers: 2, vocabulary: 12, activation: 'relu' as const };
    const request = { source, target, plan: parsePlan('0 0', 1), ...DRAW };
    expect(() => applyPlan(request)).toThrow(/activation gelu → relu, vocabulary 11 → 12.*E_ARCH_MISMATCH/);
  });

  it('refuses parameters that are missing, surplus, of the wrong size or not finite', () => {
    const broken = (change: (parameters: Map<string, Float32Array>) => void) => () => {
      const source = sourceModel(1);
      change(source.parameters);
      return applied(source, '0 0');
    };
    expect(broken((p) => p.delete('h.0.ln1.g'))).toThrow(/h\.0\.ln1\.g has no values/);
    expect(broken((p) => p.set('wpe', new Float32Array(3)))).toThrow(/wpe has 3 values.*needs 84/);
    expect(broken((p) => p.set('h.1.ln1.g', new Float32Array(12)))).toThrow(/h\.1\.ln1\.g/);
    expect(broken((p) => p.get('lnf.g')!.fill(Number.NaN))).toThrow(/lnf\.g.*not finite/);
  });

  it('refuses seeds and repeats that are not whole', () => {
    const source = sourceModel(1);
    expect(() => applied(source, '0 r', { seed: 0.5, repeat: 0 })).toThrow('seed 0.5');
    expect(() => applied(source, '0 r', { seed: 1, repeat: -1 })).toThrow('repeat -1');
  });
});
