/**
 * How products in 16 bits are lowered. The CPU has no such kernels and its runtime takes the roundings away again, so
 * what they compute is tested where a GPU is (test/engine/precision-contract.ts).
 */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Node } from '../../src-main/graph/ir.ts';
import type { Flavor } from '../../src-main/onnx/emitter.ts';
import { Emitter } from '../../src-main/onnx/emitter.ts';
import { opRules } from '../../src-main/onnx/op-rules.ts';
import { HALF_CODES } from '../../src-main/onnx/protobuf.ts';

type Product = Extract<Node, { op: 'matmul' }>;

function lower(flavor: Flavor, attributes: Partial<Product['attributes']>): Emitter['nodes'] {
  const b = new GraphBuilder();
  const node = b.node('matmul', [b.input('x', [8, 8]), b.input('y', [8, 8])], {
    transposeA: false,
    transposeB: false,
    alpha: 1,
    ...attributes,
  }) as Product;
  const e = new Emitter(flavor);
  opRules.matmul({ e, node, inputs: ['x', 'y'], name: 'result', fused: new Set(), nameOf: () => '' });
  return e.nodes;
}

const isCast = ({ opType }: { opType: string }): boolean => opType === 'Cast';
const castTo = (nodes: Emitter['nodes'], code: number): readonly string[] =>
  nodes.flatMap(({ opType, inputs, attributes }) =>
    opType === 'Cast' && attributes.to?.kind === 'int' && attributes.to.value === code ? inputs : [],
  );

describe('a product in 16 bits', () => {
  for (const flavor of ['portable', 'cuda'] as const)
    for (const precision of ['float16', 'bfloat16'] as const)
      for (const transposeA of [false, true])
        for (const transposeB of [false, true])
          it(`takes both operands in ${precision} and gives float32: ${flavor}, ${transposeA}, ${transposeB}`, () => {
            const nodes = lower(flavor, { transposeA, transposeB, precision });
            expect(castTo(nodes, HALF_CODES[precision])).toEqual(['x', 'y']);
            expect(nodes.at(-1)).toMatchObject({ opType: 'Cast', outputs: ['result'] });
            expect(castTo(nodes, 1)).toHaveLength(1);
            // Nothing but casts reads or gives a float32.
            const halves = nodes.filter((node) => !isCast(node));
            const fromCasts = new Set(nodes.filter(isCast).flatMap(({ outputs }) => outputs));
            for (const [index, node] of halves.entries())
              for (const input of node.inputs)
                expect(
                  fromCasts.has(input) ||
                    halves.slice(0, index).some((other) => other.outputs.includes(input)),
                ).toBe(true);
          });

  it('is scaled in float32, and shares the cast of a value that several products read', () => {
    const nodes = lower('cuda', { precision: 'float16', alpha: 0.125, transposeB: true });
    expect(nodes.at(-1)).toMatchObject({ opType: 'Mul', outputs: ['result'] });
    const b = new GraphBuilder();
    const x = b.input('x', [8, 8]);
    const e = new Emitter('cuda');
    for (const name of ['y', 'z']) {
      const attributes = { transposeA: false, transposeB: false, alpha: 1, precision: 'float16' } as const;
      const node = b.node('matmul', [x, b.input(name, [8, 8])], attributes) as Product;
      opRules.matmul({ e, node, inputs: ['x', name], name: undefined, fused: new Set(), nameOf: () => '' });
    }
    expect(castTo(e.nodes, HALF_CODES.float16)).toEqual(['x', 'y', 'z']);
  });

  it('leaves a product without a precision as it was', () => {
    expect(lower('cuda', {}).map(({ opType }) => opType)).toEqual(['MatMul']);
  });
});
