/**
 * The programs an engine needs to train one architecture: the whole training step with clipping and AdamW, the
 * gradients alone (for engines that keep the optimizer outside the graph), the evaluation, and the scoring of
 * single predictions. All come from one forward pass and one set of gradient rules.
 */
import type { Architecture } from '../contract/architecture.ts';
import type { ProductPrecision } from '../contract/compute.ts';
import { gradients } from '../graph/autodiff.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
import { graphOf } from '../graph/ir.ts';
import { withProductPrecision } from '../graph/product-precision.ts';
import type { Program } from '../graph/program.ts';
import type { AdamWSettings, StepScalars } from './adamw.ts';
import { adamWUpdate, clipFactor, globalNorm } from './adamw.ts';
import { packedParameterInputs, parameterBlocks } from './packed-parameters.ts';
import type { ParameterGroups } from './parameter-groups.ts';
import { groupIndexes } from './parameter-groups.ts';
import type { ParameterSpec } from './parameter-layout.ts';
import { parameterLayout } from './parameter-layout.ts';
import { forward, meanLoss, parameterInputs } from './transformer.ts';

/** Names of graph inputs and outputs besides the parameters themselves. */
export const momentMName = (parameter: string): string => `adam.m.${parameter}`;
export const momentVName = (parameter: string): string => `adam.v.${parameter}`;
export const gradientName = (parameter: string): string => `gradient.${parameter}`;
export const nextName = (input: string): string => `next.${input}`;

export interface TrainingSpec {
  readonly architecture: Architecture;
  readonly optimizer: AdamWSettings;
  /**
   * Parameters that share their step scalars; those of no group are frozen. Left out: one group of everything.
   */
  readonly groups?: ParameterGroups;
  /** Sequences per training batch. */
  readonly batchSize: number;
  /** Sequences per evaluation batch. */
  readonly evaluationBatchSize: number;
  /** Of the products of a training step, float32 where left out; evaluations are always float32. */
  readonly precision?: ProductPrecision;
}

/** Names of a group's scalar inputs; those of the first group have no number. */
const scalarName = (scalar: keyof StepScalars, group: number): string =>
  group === 0 ? scalar : `${scalar}.${group}`;

/** Graph inputs for the scalars of every group: [groups, 3] names in feeding order. */
export const scalarNames = (groupCount: number): Record<keyof StepScalars, string>[] =>
  Array.from({ length: groupCount }, (_, group) => ({
    learningRate: scalarName('learningRate', group),
    correction1: scalarName('correction1', group),
    correction2: scalarName('correction2', group),
  }));

/** Tokens [B, T+1] → next state, loss, global gradient norm. Frozen parameters stay inputs, without moments. */
export function stepProgram(spec: TrainingSpec): Program {
  const { architecture, optimizer, batchSize, groups, precision = 'float32' } = spec;
  const b = new GraphBuilder();
  const layout = parameterLayout(architecture);
  const groupOf = groupIndexes(architecture, groups);
  const learning = layout.filter(({ name }) => groupOf.has(name));
  const { parameters, loss, derivatives } = lossAndGradients(b, architecture, learning, batchSize, precision);
  const names = scalarNames(groups?.length ?? 1);
  const scalars = names.map(({ learningRate, correction1, correction2 }) => ({
    learningRate: b.input(learningRate, []),
    correction1: b.input(correction1, []),
    correction2: b.input(correction2, []),
  }));
  const norm = globalNorm(b, derivatives);
  const factor = clipFactor(b, norm, optimizer.clipNorm);

  const outputs = new Map<string, Node>([
    ['loss', loss],
    ['gradientNorm', norm],
  ]);
  const carried: { input: string; output: string }[] = [];
  const carry = (input: string, next: Node): void => {
    outputs.set(nextName(input), next);
    carried.push({ input, output: nextName(input) });
  };
  for (const [index, { name, shape, decays }] of learning.entries()) {
    const state = {
      parameter: parameters.get(name)!,
      m: b.input(momentMName(name), shape),
      v: b.input(momentVName(name), shape),
    };
    const clipped = b.multiply(derivatives[index]!, factor);
    const next = adamWUpdate(b, optimizer, scalars[groupOf.get(name)!]!, state, clipped, decays);
    carry(name, next.parameter);
    carry(momentMName(name), next.m);
    carry(momentVName(name), next.v);
  }
  const program: Program = {
    name: 'training-step',
    graph: graphOf(outputs),
    carried,
    fixed: layout.filter(({ name }) => !groupOf.has(name)).map(({ name }) => name),
    sequence: ['tokens', ...names.flatMap((name) => Object.values(name))],
    results: ['loss', 'gradientNorm'],
  };
  return withProductPrecision(program, precision);
}

/** Tokens [B, T+1] → loss and the gradient of every parameter that learns. */
export function gradientProgram({ architecture, batchSize, groups }: TrainingSpec): Program {
  const b = new GraphBuilder();
  const layout = parameterLayout(architecture);
  const groupOf = groupIndexes(architecture, groups);
  const learning = layout.filter(({ name }) => groupOf.has(name));
  const { loss, derivatives } = lossAndGradients(b, architecture, learning, batchSize);
  const outputs = new Map<string, Node>([['loss', loss]]);
  for (const [index, { name }] of learning.entries()) outputs.set(gradientName(name), derivatives[index]!);
  return {
    name: 'gradients',
    graph: graphOf(outputs),
    carried: [],
    fixed: layout.map(({ name }) => name),
    sequence: ['tokens'],
    results: [...outputs.keys()],
  };
}

/** How parameters are fed: a tensor each, or joined to blocks (packed-parameters.ts). */
export type ParameterForm = 'separate' | 'packed';

/** Tokens [B, T+1] → loss, with the parameters fixed. */
export function evaluationProgram(spec: TrainingSpec, form: ParameterForm = 'separate'): Program {
  const { architecture, evaluationBatchSize } = spec;
  const b = new GraphBuilder();
  const { parameters, fixed } = fixedParameters(b, spec, form);
  const loss = meanLoss(b, architecture, parameters, tokensInput(b, architecture, evaluationBatchSize));
  return {
    name: 'evaluation',
    graph: graphOf(new Map([['loss', loss]])),
    carried: [],
    fixed,
    sequence: ['tokens'],
    results: ['loss'],
  };
}

/**
 * Tokens [B, T+1] → `correct` [B·T], with the parameters fixed: 1 where the next token has the largest logit and no
 * other id has as large a one, else 0. A tie is not right, so that a model that prefers nothing scores nothing.
 */
export function scoringProgram(spec: TrainingSpec, form: ParameterForm = 'separate'): Program {
  const { architecture, evaluationBatchSize } = spec;
  const b = new GraphBuilder();
  const { context, vocabulary } = architecture;
  const rows = evaluationBatchSize * context;
  const { parameters, fixed } = fixedParameters(b, spec, form);
  const tokens = tokensInput(b, architecture, evaluationBatchSize);
  const logits = forward(b, architecture, parameters, b.slice(tokens, 1, 0, context)); // [R, V]
  const targets = b.reshape(b.slice(tokens, 1, 1, context + 1), [rows]);
  // One summand is the logit, the others are zero: the sum is exact.
  const own = b.reduceSum(b.multiply(logits, b.oneHot(targets, vocabulary)), [1]); // [R, 1]
  const smaller = b.reduceSum(b.positive(b.subtract(own, logits)), [1]); // [R, 1]
  const correct = b.positive(b.subtract(smaller, b.scalar(vocabulary - 1.5)));
  return {
    name: 'scoring',
    graph: graphOf(new Map([['correct', b.reshape(correct, [rows])]])),
    carried: [],
    fixed,
    sequence: ['tokens'],
    results: ['correct'],
  };
}

function fixedParameters(
  b: GraphBuilder,
  { architecture, groups }: TrainingSpec,
  form: ParameterForm,
): { parameters: Map<string, Node>; fixed: string[] } {
  if (form === 'packed') {
    const blocks = parameterBlocks(architecture, groups);
    return { parameters: packedParameterInputs(b, blocks), fixed: blocks.map(({ name }) => name) };
  }
  const parameters = parameterInputs(b, architecture);
  return { parameters, fixed: [...parameters.keys()] };
}

/**
 * Factor on the loss whose gradients are taken; they are divided by it in float32. float16 has nothing between 0 and
 * 6e-8, where gradients of a mean over many predictions lie (Micikevicius et al. 2018, §3.2): those of the sum over
 * `rows` predictions do not. bfloat16 has the range of float32.
 */
export const lossScale = (precision: ProductPrecision, rows: number): number =>
  precision === 'float16' ? rows : 1;

function lossAndGradients(
  b: GraphBuilder,
  architecture: Architecture,
  learning: readonly ParameterSpec[],
  batchSize: number,
  precision: ProductPrecision = 'float32',
): { parameters: Map<string, Node>; loss: Node; derivatives: Node[] } {
  const parameters = parameterInputs(b, architecture);
  const loss = meanLoss(b, architecture, parameters, tokensInput(b, architecture, batchSize));
  const variables = learning.map(({ name }) => parameters.get(name)!);
  const scale = lossScale(precision, batchSize * architecture.context);
  const derivatives = gradients(b, b.scale(loss, scale), variables);
  return { parameters, loss, derivatives: derivatives.map((derivative) => b.scale(derivative, 1 / scale)) };
}

export function tokensInput(b: GraphBuilder, architecture: Architecture, batchSize: number): Node {
  return b.input('tokens', [batchSize, architecture.context + 1], 'i32');
}
