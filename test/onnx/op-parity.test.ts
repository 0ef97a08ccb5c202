/**
 * Every op lowered to ONNX (every flavour, on the CPU provider) against the reference kernels.
 *
 * Tolerance 3e-6 relative to the largest value: float32 rounding of sums of some dozen terms, and of the
 * runtime's polynomial exp, erf and tanh.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { RuntimeTensor } from '../../src-main/engine/onnxruntime-runtime.ts';
import {
  createSession,
  floatTensor,
  int32Tensor,
  int64Scalar,
} from '../../src-main/engine/onnxruntime-runtime.ts';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import type { Graph } from '../../src-main/graph/ir.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import type { Program } from '../../src-main/graph/program.ts';
import { emitLoop, emitSingle, ITERATIONS } from '../../src-main/onnx/emit-program.ts';
import { relativeError } from '../engine/tiny-model.ts';
import { inputsOf, OP_CASES } from '../graph/op-cases.ts';

const TOLERANCE = 3e-6;
const sessions: { release(): Promise<void> }[] = [];
afterAll(async () => {
  for (const session of sessions) await session.release();
});

const tensorOf = (values: Float32Array | Int32Array, shape: readonly number[]): RuntimeTensor =>
  values instanceof Float32Array ? floatTensor(values, shape) : int32Tensor(values, shape);

function programOf(graph: Graph): Program {
  return {
    name: 'op',
    graph,
    carried: [],
    fixed: [],
    sequence: [...graph.inputs.keys()],
    results: ['result'],
  };
}

describe('opRules', () => {
  for (const [op, builds] of Object.entries(OP_CASES))
    for (const flavor of ['cpu', 'portable', 'cuda'] as const)
      it(`${op} lowered for ${flavor} gives what the reference gives`, async () => {
        for (const [index, build] of builds.entries()) {
          const b = new GraphBuilder();
          const graph = graphOf(new Map([['result', build(b)]]));
          const inputs = inputsOf(graph, `${op}${index}`);
          const session = await createSession(emitSingle(programOf(graph), flavor), 'cpu', 1);
          sessions.push(session);
          const feeds = Object.fromEntries(
            [...graph.inputs].map(([name, node]) => [name, tensorOf(inputs.get(name)!, node.shape)]),
          );
          const outputs = await session.run(feeds);
          const expected = evaluateGraph(graph, inputs).get('result')!;
          expect(outputs.result!.dims).toEqual([...graph.outputs.get('result')!.shape]);
          expect(relativeError(outputs.result!.data as Float32Array, expected)).toBeLessThan(TOLERANCE);
        }
      });
});

describe('emitLoop', () => {
  it('runs the body once per iteration, carries the state and stacks the results', async () => {
    const b = new GraphBuilder();
    const state = b.input('state', [2]);
    const step = b.input('step', [2]);
    const gain = b.input('gain', []);
    const next = b.add(b.multiply(state, gain), step);
    const program: Program = {
      name: 'recurrence',
      graph: graphOf(
        new Map([
          ['next', next],
          ['sum', b.sumAll(next)],
        ]),
      ),
      carried: [{ input: 'state', output: 'next' }],
      fixed: ['gain'],
      sequence: ['step'],
      results: ['sum'],
    };
    for (const flavor of ['cpu', 'portable', 'cuda'] as const) {
      const session = await createSession(emitLoop(program, flavor), 'cpu', 1);
      sessions.push(session);
      const outputs = await session.run({
        [ITERATIONS]: int64Scalar(3),
        state: floatTensor(Float32Array.of(1, 2), [2]),
        gain: floatTensor(Float32Array.of(10), []),
        step: floatTensor(Float32Array.of(1, 1, 2, 2, 3, 3), [3, 2]),
      });
      expect([...(outputs.next!.data as Float32Array)]).toEqual([1123, 2123]);
      expect([...(outputs.sum!.data as Float32Array)]).toEqual([32, 324, 3246]);
    }
  });

  it('gives an output that is an input, or has two names, its own value', async () => {
    const b = new GraphBuilder();
    const value = b.input('value', [2]);
    const doubled = b.scale(value, 2);
    const program: Program = {
      name: 'aliases',
      graph: graphOf(
        new Map([
          ['same', value],
          ['a', doubled],
          ['b', doubled],
        ]),
      ),
      carried: [],
      fixed: ['value'],
      sequence: [],
      results: ['same', 'a', 'b'],
    };
    const session = await createSession(emitSingle(program, 'cpu'), 'cpu', 1);
    sessions.push(session);
    const outputs = await session.run({ value: floatTensor(Float32Array.of(1, 2), [2]) });
    expect([...(outputs.same!.data as Float32Array)]).toEqual([1, 2]);
    expect([...(outputs.a!.data as Float32Array)]).toEqual([2, 4]);
    expect([...(outputs.b!.data as Float32Array)]).toEqual([2, 4]);
  });
});
