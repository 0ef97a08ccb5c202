/** What the TensorFlow.js engine must do on each of its backends, beside the contract of all engines. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src-main/engine/open-engine.ts';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { TensorflowProgram } from '../../src-main/engine/tensorflow-program.ts';
import type { TensorflowDevice, TensorflowRuntime } from '../../src-main/engine/tensorflow-runtime.ts';
import { loadTensorflow } from '../../src-main/engine/tensorflow-runtime.ts';
import { GraphBuilder } from '../../src-main/graph/builder.ts';
import { graphOf } from '../../src-main/graph/ir.ts';
import { inputsOf, OP_CASES } from '../graph/op-cases.ts';
import { describeEngine } from './engine-contract.ts';
import { describeGroups } from './group-contract.ts';
import { relativeError, tinyScalars, tinySpec, tinyState, tinyTokens } from './tiny-model.ts';

const FLOAT32 = { loss: 5e-6, parameters: 2e-3 };

/**
 * Relative to the largest value, as for ONNX: float32 rounding of sums of some dozen terms. The backends of the
 * library itself take erf from a polynomial that is good to 1.5e-7.
 */
const OP_TOLERANCE = 3e-6;

/** @param groupCases Which cases of several candidates in one graph; all unless given. */
export function describeTensorflow(device: TensorflowDevice, groupCases?: readonly string[]): void {
  const open = () => openEngine({ device, threads: 1 });
  describeEngine(`tensorflow ${device}`, open, FLOAT32);
  describeGroups(`tensorflow ${device}`, open, FLOAT32, groupCases);
  describeKernels(device);
  describe(`tensorflow engine on ${device}`, () => {
    it('holds the same memory after 1000 steps as after one, and none when all is disposed', async () => {
      const { tf, use } = await loadTensorflow(device, 1);
      const memory = (): string => {
        use();
        const { numTensors, numDataBuffers, numBytes } = tf.memory();
        return `${numTensors} tensors, ${numDataBuffers} buffers, ${numBytes} bytes`;
      };
      const before = memory();
      const spec = tinySpec({ layers: 1, width: 8, context: 4, vocabulary: 11, activation: 'relu' });
      const model = await (await open()).compile(spec);
      const session = await model.open(tinyState(spec));
      const seen = new Set<string>();
      for (const steps of [1, 99, 400, 500]) {
        await session.train(tinyTokens(spec, steps, spec.batchSize), tinyScalars(spec, steps));
        await session.evaluate(tinyTokens(spec, 2, spec.evaluationBatchSize));
        await session.score(tinyTokens(spec, 2, spec.evaluationBatchSize));
        await session.write(await session.read());
        seen.add(memory());
      }
      expect([...seen]).toHaveLength(1);
      expect([...seen][0]).not.toBe(before);
      await session.dispose();
      await model.dispose();
      expect(memory()).toBe(before);
    });
  });
}

function describeKernels(device: TensorflowDevice): void {
  describe(`tensorflowKernels on ${device}`, () => {
    let runtime: TensorflowRuntime;
    beforeAll(async () => {
      runtime = await loadTensorflow(device, 1);
      runtime.use();
    });

    for (const [op, builds] of Object.entries(OP_CASES))
      it(`${op} gives what the reference gives and leaves no tensor behind`, () => {
        const { tf } = runtime;
        const before = tf.memory().numTensors;
        for (const [index, build] of builds.entries()) {
          const b = new GraphBuilder();
          const graph = graphOf(new Map([['result', build(b)]]));
          const values = inputsOf(graph, `${op}${index}`);
          const inputs = new Map(
            [...graph.inputs].map(([name, { shape, dtype }]) => [
              name,
              tf.tensor(values.get(name)!, [...shape], dtype === 'i32' ? 'int32' : 'float32'),
            ]),
          );
          const program = new TensorflowProgram(tf, graph);
          const { result } = program.run(inputs);
          expect(result!.shape).toEqual([...graph.outputs.get('result')!.shape]);
          expect(result!.dtype).toBe('float32');
          const expected = evaluateGraph(graph, values).get('result')!;
          expect(relativeError(result!.dataSync(), expected), `case ${index}`).toBeLessThan(OP_TOLERANCE);
          tf.dispose([result!, ...inputs.values()]);
          program.dispose();
        }
        expect(tf.memory().numTensors).toBe(before);
      });
  });
}
