/** What training a model keeps in memory besides its state, from the training graph itself. */
import type { Architecture } from '../contract/architecture.ts';
import { peakBytes } from '../graph/peak-memory.ts';
import type { Program } from '../graph/program.ts';
import { accumulateProgram, partsOf } from './accumulation-programs.ts';
import type { TrainingSpec } from './training-programs.ts';
import { evaluationProgram, gradientProgram } from './training-programs.ts';

/** The optimizer is not in the graph that is looked at; any settings do. */
const ANY = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };

/** Longest context whose graph, which holds a mask of its square, is really built. */
const LONGEST = 1024;

/** How a batch passes through the model. */
export type PassSettings = Pick<TrainingSpec, 'batchSize' | 'accumulationSteps' | 'recompute'>;

/** What gives the gradients of a batch, or adds up those of its parts. */
const passProgram = (spec: TrainingSpec): Program =>
  partsOf(spec) === 1 ? gradientProgram(spec) : accumulateProgram(spec, 'separate');

/**
 * Largest sum of the values of one forward and backward pass that live at once, gradients included, in bytes. It grows
 * by the same amount with every layer from the first on, and with the square of the context (tests hold both), so
 * large models cost no more to ask.
 */
export function passBytes(architecture: Architecture, pass: PassSettings): number {
  return peakOf(architecture, (shape) =>
    passProgram({ architecture: shape, optimizer: ANY, evaluationBatchSize: 1, ...pass }),
  );
}

/** As `passBytes`, of the forward pass over one evaluation batch. */
export function evaluationBytes(architecture: Architecture, evaluationBatchSize: number): number {
  return peakOf(architecture, (shape) =>
    evaluationProgram({ architecture: shape, optimizer: ANY, batchSize: 1, evaluationBatchSize }),
  );
}

function peakOf(architecture: Architecture, make: (architecture: Architecture) => Program): number {
  const { layers, context } = architecture;
  const built = (depth: number, length: number): number =>
    peakBytes(make({ ...architecture, layers: depth, context: length }).graph);
  const ofDepth = (depth: number): number =>
    context <= LONGEST ? built(depth, context) : parabola((length) => built(depth, length), LONGEST, context);
  if (layers < 3) return ofDepth(layers);
  const [two, three] = [ofDepth(2), ofDepth(3)];
  return two + (layers - 2) * (three - two);
}

/** A function of second degree at `x`, from its values at a half, three quarters and the whole of `last`. */
function parabola(f: (x: number) => number, last: number, x: number): number {
  const [a, b, c] = [last / 2, (3 * last) / 4, last];
  const [fa, fb, fc] = [f(a), f(b), f(c)];
  const slope = (fb - fa) / (b - a);
  const bend = ((fc - fb) / (c - b) - slope) / (c - a);
  return fa + slope * (x - a) + bend * (x - a) * (x - b);
}
