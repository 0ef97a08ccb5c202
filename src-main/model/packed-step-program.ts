/**
 * The training step over packed parameters: the same forward pass, gradients, clipping and AdamW as `stepProgram`,
 * with the optimizer over blocks instead of tensors.
 */
import { gradients } from '../graph/autodiff.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
import { graphOf } from '../graph/ir.ts';
import { withProductPrecision } from '../graph/product-precision.ts';
import type { Program } from '../graph/program.ts';
import { adamWUpdate, clipFactor, globalNorm } from './adamw.ts';
import { packedParameterInputs, parameterBlocks, rowsOf } from './packed-parameters.ts';
import type { TrainingSpec } from './training-programs.ts';
import {
  lossScale,
  momentMName,
  momentVName,
  nextName,
  scalarNames,
  tokensInput,
} from './training-programs.ts';
import { meanLoss } from './transformer.ts';

/** Tokens [B, T+1] → next blocks and their moments, loss, global gradient norm. The frozen block stays an input. */
export function packedStepProgram(spec: TrainingSpec): Program {
  const { architecture, optimizer, batchSize, groups, precision = 'float32' } = spec;
  const b = new GraphBuilder();
  const blocks = parameterBlocks(architecture, groups);
  const pieces = packedParameterInputs(b, blocks);
  const loss = meanLoss(b, architecture, pieces, tokensInput(b, architecture, batchSize));
  const learning = blocks.flatMap((block) =>
    block.group === null ? [] : [{ ...block, group: block.group }],
  );
  const names = learning.flatMap(({ parameters }) => parameters.map(({ name }) => name));
  // With respect to the pieces: the blocks themselves would collect every gradient through a sum of spread slices.
  const scale = lossScale(precision, batchSize * architecture.context);
  const derivatives = gradients(
    b,
    b.scale(loss, scale),
    names.map((name) => pieces.get(name)!),
  );
  const derivativeOf = new Map(names.map((name, index) => [name, derivatives[index]!]));
  const packed = learning.map((block) =>
    b.scale(
      b.concat(
        block.parameters.map((parameter) =>
          b.reshape(derivativeOf.get(parameter.name)!, rowsOf(block, parameter)),
        ),
        0,
      ),
      1 / scale,
    ),
  );
  const norm = globalNorm(b, packed);
  const factor = clipFactor(b, norm, optimizer.clipNorm);
  const scalars = scalarNames(groups?.length ?? 1);

  const outputs = new Map<string, Node>([
    ['loss', loss],
    ['gradientNorm', norm],
  ]);
  const carried: { input: string; output: string }[] = [];
  for (const [index, { name, shape, group, decays }] of learning.entries()) {
    const { learningRate, correction1, correction2 } = scalars[group]!;
    const next = adamWUpdate(
      b,
      optimizer,
      {
        learningRate: b.input(learningRate, []),
        correction1: b.input(correction1, []),
        correction2: b.input(correction2, []),
      },
      {
        parameter: b.input(name, shape),
        m: b.input(momentMName(name), shape),
        v: b.input(momentVName(name), shape),
      },
      b.multiply(packed[index]!, factor),
      decays,
    );
    for (const [input, node] of [
      [name, next.parameter],
      [momentMName(name), next.m],
      [momentVName(name), next.v],
    ] as const) {
      outputs.set(nextName(input), node);
      carried.push({ input, output: nextName(input) });
    }
  }
  const program: Program = {
    name: 'packed-training-step',
    graph: graphOf(outputs),
    carried,
    fixed: blocks.filter(({ group }) => group === null).map(({ name }) => name),
    sequence: ['tokens', ...scalars.flatMap((scalar) => Object.values(scalar))],
    results: ['loss', 'gradientNorm'],
  };
  return withProductPrecision(program, precision);
}
