/** Every predictor once: what it reads, and how it is presented. */
import type { RecordedCurve } from '../../contract/recorded-audit.ts';
import { areaUnderCurve } from './area-under-curve.ts';
import { extrapolation } from './extrapolation.ts';
import { initialLoss, lossAtK } from './loss-at-k.ts';
import type { Predict } from './prediction.ts';
import { gradientNorm, weightDistance } from './training-signals.ts';
import { windowMean } from './window-mean.ts';

export type PredictorName =
  | 'initialLoss'
  | 'lossAtK'
  | 'windowMean'
  | 'areaUnderCurve'
  | 'extrapolation'
  | 'gradientNorm'
  | 'weightDistance'
  | 'cooldownProbe';

export interface PredictorEntry {
  /** As tables call it; the first ones are those of RankAgreement.predictor. */
  readonly label: string;
  readonly description: string;
  readonly formula: string;
  /** Schedule of the curve it reads: the final run, or a probe of its own with k steps. */
  readonly schedule: RecordedCurve['schedule'];
  readonly predict: Predict;
}

/** Less is better for all of them. */
export const PREDICTORS: { readonly [Name in PredictorName]: PredictorEntry } = {
  initialLoss: {
    label: 'initial loss',
    description: 'Validation loss right after growing.',
    formula: 'L(0)',
    schedule: 'final',
    predict: initialLoss,
  },
  lossAtK: {
    label: 'loss at k',
    description: 'Validation loss after k steps of the final schedule.',
    formula: 'L(k)',
    schedule: 'final',
    predict: lossAtK,
  },
  windowMean: {
    label: 'window mean',
    description: 'Mean validation loss of the evaluations in the last quarter before k.',
    formula: 'mean of L(t), 3k/4 < t ≤ k',
    schedule: 'final',
    predict: windowMean,
  },
  areaUnderCurve: {
    label: 'area under the curve',
    description: 'Mean height of the validation loss over the first k steps.',
    formula: '(1/k) ∫₀ᵏ L(t) dt, trapezoids',
    schedule: 'final',
    predict: areaUnderCurve,
  },
  extrapolation: {
    label: 'extrapolation',
    description: 'Loss at the horizon by a power law fitted to the last three quarters before k.',
    formula: 'a + b·F^-c, fitted to L(t), k/4 ≤ t ≤ k',
    schedule: 'final',
    predict: extrapolation,
  },
  gradientNorm: {
    label: 'gradient norm',
    description: 'Largest gradient norm since the evaluation before k.',
    formula: 'max ‖g(t)‖₂',
    schedule: 'final',
    predict: gradientNorm,
  },
  weightDistance: {
    label: 'weight distance',
    description: 'Distance of the parameters at k from the growing point, over the norm there.',
    formula: '‖θ(k) - θ(0)‖₂ / ‖θ(0)‖₂',
    schedule: 'final',
    predict: weightDistance,
  },
  cooldownProbe: {
    label: 'cooldown probe',
    description: 'Validation loss at the end of a run of k steps whose learning rate decays within them.',
    formula: 'L(k) of the probe',
    schedule: 'cooldown',
    predict: lossAtK,
  },
};

export const PREDICTOR_NAMES = Object.keys(PREDICTORS) as PredictorName[];
