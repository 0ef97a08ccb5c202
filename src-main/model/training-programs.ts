/**
 * The programs an engine needs to train one architecture: the whole training step with clipping and AdamW, the
 * gradients alone (for engines that keep the optimizer outside the graph), the evaluation, and the scoring of
 * single predictions. All come from one forward pass and one set of gradient rules. accumulation-programs.ts has the
 * step in parts.
 */
import type { Architecture } from '../contract/architecture.ts';
import type { ProductPrecision } from '../contract/compute.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Node } from '../graph/ir.ts';
import { graphOf } from '../graph/ir.ts';
import { withProductPrecision } from '../graph/product-precision.ts';
import type { Program } from '../graph/program.ts';
import type { AdamWSettings } from './adamw.ts';
import type { ParameterForm } from './learning-tensors.ts';
import { lossAndGradients, parametersAs, tokensInput } from './learning-tensors.ts';
import { clippedAdamW } from './optimizer-nodes.ts';
import type { ParameterGroups } from './parameter-groups.ts';
import { gradientName } from './program-names.ts';
import { forward, meanLoss } from './transformer.ts';

export interface TrainingSpec {
  readonly architecture: Architecture;
  readonly optimizer: AdamWSettings;
  /**
   * Parameters that share their step scalars; those of no group are frozen. Left out: one group of everything.
   */
  readonly groups?: ParameterGroups;
  /** Sequences per training batch. */
  readonly batchSize: number;
  /**
   * Parts in which a training batch passes through the model, their gradients summed before the one update of the
   * step; divides the batch size. Left out: 1.
   */
  readonly accumulationSteps?: number;
  /**
   * Whether what is inside a layer is computed again in the backward pass instead of being kept: less memory, about a
   * third more work, the same numbers. Left out: kept.
   */
  readonly recompute?: boolean;
  /** Sequences per evaluation batch. */
  readonly evaluationBatchSize: number;
  /** Of the products of a training step, float32 where left out; evaluations are always float32. */
  readonly precision?: ProductPrecision;
}

/**
 * Tokens [B, T+1] → next state, loss, global gradient norm, of the whole batch at once. Frozen parameters stay inputs,
 * without moments.
 */
export function stepProgram(spec: TrainingSpec, form: ParameterForm = 'separate'): Program {
  const b = new GraphBuilder();
  const { loss, learning, inputs } = lossAndGradients(b, spec, form);
  const { outputs, carried, scalars } = clippedAdamW(b, spec.optimizer, spec.groups?.length ?? 1, learning);
  const moving = new Set(carried.map(({ input }) => input));
  const program: Program = {
    name: form === 'packed' ? 'packed-training-step' : 'training-step',
    graph: graphOf(new Map([['loss', loss], ...outputs])),
    carried,
    fixed: inputs.filter((name) => !moving.has(name)),
    sequence: ['tokens', ...scalars],
    results: ['loss', 'gradientNorm'],
  };
  return withProductPrecision(program, spec.precision ?? 'float32');
}

/** Tokens [B, T+1] → loss and the gradient of every parameter that learns. */
export function gradientProgram(spec: TrainingSpec): Program {
  const b = new GraphBuilder();
  const { loss, learning, inputs } = lossAndGradients(b, spec, 'separate');
  const outputs = new Map<string, Node>([['loss', loss]]);
  for (const { name, gradient } of learning) outputs.set(gradientName(name), gradient);
  return {
    name: 'gradients',
    graph: graphOf(outputs),
    carried: [],
    fixed: inputs,
    sequence: ['tokens'],
    results: [...outputs.keys()],
  };
}

/** Tokens [B, T+1] → loss, with the parameters fixed. */
export function evaluationProgram(spec: TrainingSpec, form: ParameterForm = 'separate'): Program {
  const { architecture, evaluationBatchSize } = spec;
  const b = new GraphBuilder();
  const { parameters, inputs } = parametersAs(b, spec, form);
  const loss = meanLoss(b, architecture, parameters, tokensInput(b, architecture, evaluationBatchSize));
  return {
    name: 'evaluation',
    graph: graphOf(new Map([['loss', loss]])),
    carried: [],
    fixed: inputs,
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
  const { parameters, inputs } = parametersAs(b, spec, form);
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
    fixed: inputs,
    sequence: ['tokens'],
    results: ['correct'],
  };
}
