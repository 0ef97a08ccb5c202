/**
 * Every op on the native kernels against the reference kernels.
 *
 * Tolerance 3e-6 relative to the largest value, as for ONNX Runtime: float32 rounding of sums of some dozen terms, and of
 * polynomial exp, erf and tanh.
 */
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { referenceKernels } from '../../src-main/engine/reference-kernels.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph, OpName } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { inputsOf, OP_CASES } from '../graph/op-cases.ts';
import { distance, runNative, sameBits } from './run-native.ts';

const TOLERANCE = 3e-6;

const graphsOf = (op: OpName): Graph[] =>
  OP_CASES[op].map((build) => graphOf(new Map([['result', build(new GraphBuilder())]])));

const ops = Object.keys(OP_CASES) as OpName[];

describe('native kernels', () => {
  it('are held against the reference for every op there is', () => {
    expect(ops.toSorted()).toEqual(Object.keys(referenceKernels).toSorted());
    for (const op of ops)
      for (const { nodes } of graphsOf(op))
        expect(
          nodes.map((node) => node.op),
          op,
        ).toContain(op);
  });

  for (const op of ops)
    for (const lanes of [4, 8])
      it(`${op} over ${lanes} lanes gives what the reference gives, over any number of threads`, () => {
        for (const [index, graph] of graphsOf(op).entries()) {
          const inputs = inputsOf(graph, `${op}${index}`);
          const expected = evaluateGraph(graph, inputs).get('result')!;
          const result = runNative(graph, inputs, { threads: 1, lanes }).get('result')!;
          expect(distance(result, expected), `case ${index}`).toBeLessThan(TOLERANCE);
          const spread = runNative(graph, inputs, { threads: 3, lanes }).get('result')!;
          expect(sameBits(spread, result), `case ${index} over 3 threads`).toBe(true);
        }
      });
});
