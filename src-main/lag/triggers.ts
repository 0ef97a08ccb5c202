/**
 * When to grow, read from the curve of the stage under way. Pure: evaluations in, reading out.
 *
 * `plateau`: share by which the validation loss fell over the window. `lossPerFlop`: fall of the loss per step over
 * the window, as a share of its fall in the first window (the FLOPs of a step are equal within a stage, so steps
 * stand for FLOPs; growing pays once a FLOP of the small model buys little, Shen et al. 2022, section 3).
 * `gradientNoise`: standard deviation of the training losses in the window over the fall of their trend; where noise
 * of the batches exceeds progress, larger or deeper is due (after McCandlish et al. 2018, read from losses).
 */
import type { EvaluationRecord } from '../contract/records.ts';
import type { GrowthTrigger, TriggerReading } from '../contract/trigger.ts';

/** Fewest evaluations in a window that give a trend with a scatter around it. */
const MIN_POINTS_FOR_SCATTER = 4;

/** Reads the trigger at the last of the given evaluations of one stage (ascending by step). */
export function readTrigger(
  trigger: GrowthTrigger,
  evaluations: readonly EvaluationRecord[],
): TriggerReading {
  const step = evaluations.at(-1)?.step ?? 0;
  const value = measure(trigger, evaluations);
  const threshold = thresholdOf(trigger);
  const isReached =
    value !== null && (trigger.trigger === 'gradientNoise' ? value > threshold : value < threshold);
  return { step, value, threshold, hasFired: isReached && step >= trigger.minSteps };
}

function thresholdOf(trigger: GrowthTrigger): number {
  switch (trigger.trigger) {
    case 'plateau':
      return trigger.improvement;
    case 'lossPerFlop':
      return trigger.share;
    case 'gradientNoise':
      return trigger.ratio;
    default:
      return trigger satisfies never;
  }
}

function measure(trigger: GrowthTrigger, evaluations: readonly EvaluationRecord[]): number | null {
  const last = evaluations.at(-1);
  if (!last) return null;
  const start = last.step - trigger.window;
  switch (trigger.trigger) {
    case 'plateau': {
      const before = lossAt(evaluations, start);
      return before === null ? null : (before - last.loss) / before;
    }
    case 'lossPerFlop': {
      const [first] = evaluations;
      const before = lossAt(evaluations, start);
      const early = first && lossAt(evaluations, first.step + trigger.window);
      if (before === null || !first || early === null || early === undefined) return null;
      if (start <= first.step) return null; // the first window itself
      const fallAtFirst = first.loss - early;
      return fallAtFirst > 0 ? (before - last.loss) / fallAtFirst : null;
    }
    case 'gradientNoise': {
      if (start < 0) return null;
      const points = evaluations.flatMap(({ step, trainingLoss }) =>
        step > start && trainingLoss !== null ? [{ step, loss: trainingLoss }] : [],
      );
      return points.length < MIN_POINTS_FOR_SCATTER ? null : scatterOverFall(points);
    }
    default:
      return trigger satisfies never;
  }
}

/** Linear between evaluations; null outside them. */
function lossAt(evaluations: readonly EvaluationRecord[], step: number): number | null {
  const after = evaluations.findIndex((evaluation) => evaluation.step >= step);
  const next = evaluations[after];
  if (!next) return null;
  if (next.step === step) return next.loss;
  const previous = evaluations[after - 1];
  if (!previous) return null;
  const share = (step - previous.step) / (next.step - previous.step);
  return previous.loss + share * (next.loss - previous.loss);
}

/** Residual standard deviation around the least-squares line, over what the line falls within the window. */
function scatterOverFall(points: readonly { readonly step: number; readonly loss: number }[]): number {
  const count = points.length;
  const meanStep = points.reduce((sum, { step }) => sum + step, 0) / count;
  const meanLoss = points.reduce((sum, { loss }) => sum + loss, 0) / count;
  let covariance = 0;
  let variance = 0;
  for (const { step, loss } of points) {
    covariance += (step - meanStep) * (loss - meanLoss);
    variance += (step - meanStep) ** 2;
  }
  const slope = covariance / variance;
  const residual = points.reduce(
    (sum, { step, loss }) => sum + (loss - meanLoss - slope * (step - meanStep)) ** 2,
    0,
  );
  const deviation = Math.sqrt(residual / (count - 2));
  const fall = -slope * (points.at(-1)!.step - points[0]!.step);
  return fall > 0 ? deviation / fall : Number.POSITIVE_INFINITY;
}
