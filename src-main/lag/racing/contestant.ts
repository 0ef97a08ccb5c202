/** What a decision rule knows of the candidates at one moment, and what it sees when it looks at a step. */
import { EspalierError } from '../../contract/errors.ts';
import type { EvaluationRecord, RunState } from '../../contract/records.ts';
import { orientedValue } from '../decision-rules.ts';

/** What is known of one candidate (repeat 0) at this moment. */
export interface Contestant {
  readonly strategy: string;
  /** Position in the pool; equal values go to the lower one. */
  readonly position: number;
  /** Controls are neither asked for nor chosen. */
  readonly isControl: boolean;
  /** State of the run the rule reads: the cooldown probe for `cooldown`, else the run on the final schedule. */
  readonly state: RunState;
  /** Steps done on the final schedule. */
  readonly trainedTo: number;
  /** Evaluations on the final schedule, ascending, steps ≤ trainedTo. */
  readonly evaluations: readonly EvaluationRecord[];
  /** Evaluations of the candidate's own cooldown run of the rule's lag, ascending; empty before. */
  readonly probe: readonly EvaluationRecord[];
  /** Steps done of that run; the step of its last evaluation when left out. */
  readonly probeTrainedTo?: number;
  /** Value of a rule that looks once, in paired repeat 1, 2, …; null where missing. */
  readonly repeatValues?: readonly (number | null)[];
}

/** A candidate as seen at one step. */
export interface Standing {
  readonly contestant: Contestant;
  readonly evaluation: EvaluationRecord;
  /** Less is better. */
  readonly value: number;
}

export interface Look {
  readonly step: number;
  /** Best first. */
  readonly ranked: readonly Standing[];
  /** Diverged or failed before this step, or with a value that is not finite. */
  readonly lost: readonly Contestant[];
  /** Not trained so far. While there are any, `ranked` and `lost` are not complete. */
  readonly untrained: readonly Contestant[];
}

/**
 * Looks at the candidates at one step of the final schedule.
 * @throws EspalierError `refused` when a candidate was trained past the step without an evaluation there, or when
 *   the metric was not measured.
 */
export function lookAt(contestants: readonly Contestant[], step: number, metric: string): Look {
  const ranked: Standing[] = [];
  const lost: Contestant[] = [];
  const untrained: Contestant[] = [];
  for (const contestant of contestants) {
    const seen = seeContestant(contestant, step);
    if (seen === 'lost') lost.push(contestant);
    else if (seen === 'untrained') untrained.push(contestant);
    else {
      const value = orientedValue(seen, metric);
      if (Number.isFinite(value)) ranked.push({ contestant, evaluation: seen, value });
      else lost.push(contestant);
    }
  }
  ranked.sort((a, b) => a.value - b.value || a.contestant.position - b.contestant.position);
  return { step, ranked, lost, untrained };
}

function seeContestant(contestant: Contestant, step: number): EvaluationRecord | 'lost' | 'untrained' {
  const { state, trainedTo, strategy } = contestant;
  // A run that diverged at the step itself may have left a finite loss above the limit; it is no reading.
  if (state === 'diverged' && trainedTo <= step) return 'lost';
  const evaluation = evaluationAt(contestant.evaluations, step);
  if (evaluation) return evaluation;
  if (state === 'diverged' || state === 'failed' || state === 'cancelled') return 'lost';
  if (trainedTo < step) return 'untrained';
  throw new EspalierError(
    'refused',
    `Candidate ${strategy} was trained to step ${trainedTo} but has no evaluation at step ${step}; the rule looks there.`,
    { hint: `Have step ${step} evaluated, or choose steps that are.` },
  );
}

/** The evaluation at a step among evaluations in ascending order; undefined when there is none. */
export function evaluationAt(
  evaluations: readonly EvaluationRecord[],
  step: number,
): EvaluationRecord | undefined {
  let low = 0;
  let high = evaluations.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (evaluations[middle]!.step < step) low = middle + 1;
    else high = middle;
  }
  const found = evaluations[low];
  return found?.step === step ? found : undefined;
}
