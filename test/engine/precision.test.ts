import { describe, expect, it } from 'vitest';
import type { ComputeDevice, ProductPrecision } from '../../src-main/contract/compute.ts';
import { openEngine } from '../../src-main/engine/open-engine.ts';
import { evaluateGraph, referenceEngine } from '../../src-main/engine/reference-engine.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { withProductPrecision } from '../../src-main/graph/product-precision.ts';
import { stepProgram } from '../../src-main/model/training-programs.ts';
import { roundTo } from '../../src-main/tensor/half-precision.ts';
import { relativeError, tinyScalars, tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

async function train(precision: ProductPrecision) {
  const spec = { ...tinySpec(), precision };
  const session = await (await referenceEngine.compile(spec)).open(tinyState(spec));
  return session.train(tinyTokens(spec, 1, spec.batchSize), tinyScalars(spec, 1));
}

describe('products in 16 bits', () => {
  it('round operands and result, and nothing else', () => {
    for (const precision of ['float16', 'bfloat16'] as const) {
      const b = new GraphBuilder();
      const attributes = { transposeA: false, transposeB: true, alpha: 0.3, precision };
      const product = b.node('matmul', [b.input('x', [1, 3]), b.input('y', [1, 3])], attributes);
      const [x, y] = [
        [0.1, -2.7, 1e-3],
        [3.3, 0.7, 11.1],
      ] as const;
      const round = roundTo[precision];
      const sum = x.reduce((total, value, index) => total + round(value) * round(y[index]!), 0);
      const result = evaluateGraph(
        graphOf(new Map([['result', product]])),
        new Map([
          ['x', [...x]],
          ['y', [...y]],
        ]),
      );
      expect(result.get('result')![0]).toBe(round(0.3 * sum));
    }
  });

  it('change losses by their rounding and gradients not by the factor on the loss', async () => {
    const exact = await train('float32');
    for (const [precision, unit] of [
      ['float16', 2 ** -11],
      ['bfloat16', 2 ** -8],
    ] as const) {
      const { losses, gradientNorms } = await train(precision);
      for (const [own, other] of [
        [losses, exact.losses],
        [gradientNorms, exact.gradientNorms],
      ] as const) {
        expect(relativeError(own, other)).toBeLessThan(64 * unit);
        expect(relativeError(own, other)).toBeGreaterThan(unit / 1000);
      }
    }
  });

  it('leave the means of layer norms, selections and the optimizer in float32', () => {
    const spec = { ...tinySpec(), precision: 'bfloat16' as const };
    for (const program of [stepProgram(spec), stepProgram(spec, 'packed')]) {
      const products = program.graph.nodes.filter((node) => node.op === 'matmul');
      const halves = products.filter((node) => node.op === 'matmul' && node.attributes.precision);
      // Forward: six for each of two layers and two of attention, and the logits; backward twice as many.
      expect(halves).toHaveLength(3 * (2 * 8 + 1));
      for (const node of products.filter((other) => !halves.includes(other)))
        expect(node.shape.at(-1) === 1 || node.inputs.some(({ op }) => op === 'constant')).toBe(true);
    }
  });

  it('are a form of the same program: float32 is the program itself', () => {
    const program = stepProgram(tinySpec());
    expect(withProductPrecision(program, 'float32')).toBe(program);
    const lowered = withProductPrecision(program, 'float16');
    expect(lowered.graph.nodes).toHaveLength(program.graph.nodes.length);
    expect([...lowered.graph.outputs.keys()]).toEqual([...program.graph.outputs.keys()]);
  });

  it('are refused by devices that have none', async () => {
    for (const device of ['cpu', 'tfjs-cpu', 'webgpu'] satisfies ComputeDevice[]) {
      const engine = await openEngine({ device, threads: 1 });
      await expect(engine.compile({ ...tinySpec(), precision: 'bfloat16' })).rejects.toThrow(
        `precision is bfloat16 on device ${device}; must be float32`,
      );
    }
  });
});
