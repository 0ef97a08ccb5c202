import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import {
  countParameters,
  initialParameters,
  layerParameterName,
  OUT_PROJECTION_ROLES,
  parameterLayout,
} from '../../src-main/model/parameter-layout.ts';

const small: Architecture = {
  layers: 4,
  width: 64,
  heads: 4,
  context: 64,
  mlpRatio: 4,
  activation: 'relu',
  tiedEmbedding: true,
  attentionBias: false,
  dropout: 0,
  vocabulary: 96,
};

const anyArchitecture = fc
  .record({
    layers: fc.integer({ min: 0, max: 5 }),
    headWidth: fc.integer({ min: 1, max: 6 }),
    heads: fc.integer({ min: 1, max: 4 }),
    context: fc.integer({ min: 1, max: 9 }),
    mlpRatio: fc.integer({ min: 1, max: 4 }),
    activation: fc.constantFrom('gelu' as const, 'relu' as const),
    tiedEmbedding: fc.boolean(),
    attentionBias: fc.boolean(),
    vocabulary: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ headWidth, ...rest }): Architecture => ({ ...rest, width: headWidth * rest.heads, dropout: 0 }));

describe('countParameters', () => {
  it('counts the 209280 and 408192 parameters of two small models known from elsewhere', () => {
    expect(countParameters(small)).toBe(209280);
    expect(countParameters({ ...small, layers: 8 })).toBe(408192);
  });

  it('equals V·D + T·D + 2D + L·(4D² + 2DF + F + 9D), less 4D a layer without attention biases', () => {
    fc.assert(
      fc.property(anyArchitecture, (architecture) => {
        const { layers: L, width: D, context: T, vocabulary: V, mlpRatio } = architecture;
        const F = D * mlpRatio;
        const layer = 4 * D * D + 2 * D * F + F + 9 * D - (architecture.attentionBias ? 0 : 4 * D);
        const head = architecture.tiedEmbedding ? 0 : V * D;
        expect(countParameters(architecture)).toBe(V * D + T * D + 2 * D + L * layer + head);
      }),
    );
  });
});

describe('parameterLayout', () => {
  it('names every parameter once and gives each layer the same roles', () => {
    fc.assert(
      fc.property(anyArchitecture, (architecture) => {
        const layout = parameterLayout(architecture);
        expect(new Set(layout.map((parameter) => parameter.name)).size).toBe(layout.length);
        for (let layer = 0; layer < architecture.layers; layer++) {
          const roles = layout
            .filter((parameter) => parameter.layer === layer)
            .map((parameter) => parameter.role);
          expect(roles).toHaveLength(architecture.attentionBias ? 16 : 12);
          for (const role of roles)
            expect(layout.some(({ name }) => name === layerParameterName(layer, role))).toBe(true);
        }
      }),
    );
  });

  it('decays the weight matrices of the layers and nothing else', () => {
    for (const parameter of parameterLayout({ ...small, tiedEmbedding: false, attentionBias: true }))
      expect(parameter.decays, parameter.name).toBe(parameter.layer !== null && parameter.shape.length === 2);
  });

  it('stores in-projections [in, out] and out-projections [out, in]', () => {
    const shapes = new Map(parameterLayout(small).map((parameter) => [parameter.name, parameter.shape]));
    expect(shapes.get('h.0.mlp.up.w')).toEqual([64, 256]);
    expect(shapes.get('h.0.mlp.down.w')).toEqual([64, 256]);
    expect(shapes.get('wte')).toEqual([96, 64]);
  });
});

describe('initialParameters', () => {
  it('draws matrices with deviation 1/√fan-in, out-projections smaller by √(2·layers)', () => {
    const parameters = initialParameters(small, 11);
    const deviationOf = (name: string): number => {
      const values = parameters.get(name)!;
      return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    };
    const relative = (name: string, expected: number) => Math.abs(deviationOf(name) / expected - 1);
    // 5 standard errors of a deviation from n draws: 5/√(2n).
    expect(relative('h.0.attn.q.w', 1 / 8)).toBeLessThan(5 / Math.sqrt(2 * 4096));
    expect(relative('h.3.attn.o.w', 1 / 8 / Math.sqrt(8))).toBeLessThan(5 / Math.sqrt(2 * 4096));
    expect(relative('h.2.mlp.down.w', 1 / 16 / Math.sqrt(8))).toBeLessThan(5 / Math.sqrt(2 * 16384));
    for (const role of OUT_PROJECTION_ROLES.filter((name) => name.endsWith('.b')))
      expect(parameters.get(layerParameterName(1, role))?.every((value) => value === 0) ?? true).toBe(true);
    expect(parameters.get('lnf.g')?.every((value) => value === 1)).toBe(true);
  });

  it('gives a tensor the same values whatever other layers exist', () => {
    const four = initialParameters(small, 5);
    const five = initialParameters({ ...small, layers: 5 }, 5);
    expect(five.get('h.2.attn.k.w')).toEqual(four.get('h.2.attn.k.w'));
    expect(five.get('h.2.attn.k.w')).not.toEqual(five.get('h.3.attn.k.w'));
  });
});
