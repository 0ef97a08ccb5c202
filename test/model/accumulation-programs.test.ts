import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../src-main/engine/reference-engine.ts';
import { accumulateProgram, partsOf, updateProgram } from '../../src-main/model/accumulation-programs.ts';
import { packBlock, parameterBlocks } from '../../src-main/model/packed-parameters.ts';
import { gradientSumName, momentMName, momentVName } from '../../src-main/model/program-names.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { stepProgram } from '../../src-main/model/training-programs.ts';
import { sizeOf } from '../../src-main/tensor/shape.ts';
import { relativeError, tinySpec, tinyState, tinyTokens } from '../engine/tiny-model.ts';

/** State, moments away from zero, and scalars as graph inputs. */
function inputsOf(spec: TrainingSpec, form: 'separate' | 'packed'): Map<string, ArrayLike<number>> {
  const { parameters } = tinyState(spec, 1);
  const other = tinyState(spec, 2).parameters;
  const squares = new Map([...other].map(([name, values]) => [name, values.map((value) => value * value)]));
  const inputs = new Map<string, ArrayLike<number>>([
    ['learningRate', [1e-2]],
    ['correction1', [0.5]],
    ['correction2', [0.25]],
  ]);
  for (const [named, tensors] of [
    [(name: string) => name, parameters],
    [momentMName, other],
    [momentVName, squares],
  ] as const)
    if (form === 'separate') for (const [name, values] of tensors) inputs.set(named(name), values);
    else
      for (const block of parameterBlocks(spec.architecture, spec.groups))
        inputs.set(named(block.name), packBlock(block, tensors));
  return inputs;
}

describe('accumulateProgram and updateProgram', () => {
  for (const form of ['separate', 'packed'] as const)
    for (const parts of [2, 3, 6])
      it(`give in ${parts} parts what the whole step gives, in float64: ${form}`, () => {
        const spec = { ...tinySpec({}, { clipNorm: 0.5, weightDecay: 0.1 }), batchSize: 6 };
        const tokens = tinyTokens(spec, 1, spec.batchSize);
        const inputs = inputsOf(spec, form);
        const whole = evaluateGraph(stepProgram(spec, form).graph, new Map([...inputs, ['tokens', tokens]]));

        const inParts = { ...spec, accumulationSteps: parts };
        const { graph, carried } = accumulateProgram(inParts, form);
        let sums = new Map<string, ArrayLike<number>>(
          carried.map(({ input }) => [input, new Float64Array(sizeOf(graph.inputs.get(input)!.shape))]),
        );
        let loss = 0;
        const length = tokens.length / parts;
        for (let part = 0; part < parts; part++) {
          const ids = tokens.subarray(part * length, (part + 1) * length);
          const outputs = evaluateGraph(graph, new Map([...inputs, ...sums, ['tokens', ids]]));
          sums = new Map(carried.map(({ input, output }) => [input, outputs.get(output)!]));
          loss += outputs.get('loss')![0]!;
        }
        const updated = evaluateGraph(updateProgram(inParts, form).graph, new Map([...inputs, ...sums]));
        expect(loss).toBeCloseTo(whole.get('loss')![0]!, 12);
        expect([...updated.keys(), 'loss'].sort()).toEqual([...whole.keys()].sort());
        for (const [name, values] of updated)
          expect(relativeError(values, whole.get(name)!), name).toBeLessThan(1e-12);
      });

  it('have sums for what learns only', () => {
    const spec = { ...tinySpec(), accumulationSteps: 3, groups: [['h.1.mlp.up.w']] };
    expect(accumulateProgram(spec, 'separate').carried.map(({ input }) => input)).toEqual([
      gradientSumName('h.1.mlp.up.w'),
    ]);
    expect(updateProgram(spec, 'packed').fixed).toEqual([gradientSumName('packed.0.decayed')]);
  });

  it('refuses parts that are not equal', () => {
    const spec = tinySpec();
    expect(partsOf(spec)).toBe(1);
    for (const accumulationSteps of [0, 2, 1.5, 6, Number.NaN])
      expect(() => partsOf({ ...spec, accumulationSteps })).toThrow('cannot be cut into');
  });
});
