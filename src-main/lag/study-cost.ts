/** What a study spent to decide and to train its choice, against training every candidate to the horizon. */
import type { StudyCost } from '../contract/analysis.ts';
import type { RunRecord } from '../contract/records.ts';

/** A run that the decision rests on. */
export interface DecisionRun {
  readonly strategy: string;
  readonly run: RunRecord;
}

export interface CostInput {
  /** One for each ranked candidate and repeat, controls left out. */
  readonly decisionRuns: readonly DecisionRun[];
  /** Steps of a run on the final schedule that the rule needs, where `trainedTo` does not say it. */
  readonly lag: number;
  /** Steps the rule asked of every strategy (DecisionEvidence.trainedTo); null before a decision and in old records. */
  readonly trainedTo: Readonly<Record<string, number>> | null;
  /** Full run of the chosen candidate; null before the choice. */
  readonly chosenRun: RunRecord | null;
  /** Every run but the source's. */
  readonly allRuns: readonly RunRecord[];
  /** Ranked candidates, repeats and controls left out. */
  readonly candidateCount: number;
  readonly horizon: number;
  readonly flopsPerStep: number;
}

/**
 * Sums what was really spent, so a study under way counts what it has spent so far. A full run that the rule
 * reads counts up to the step the rule asked for, which for rules that drop candidates on the way differs from
 * candidate to candidate; only the chosen one counts to its end. Probes, repeats among them, count as trained.
 * The runs of controls and what an audit adds appear in `flopsWithAudit` alone.
 */
export function studyCost(input: CostInput): StudyCost {
  const { decisionRuns, chosenRun, lag, trainedTo, horizon } = input;
  let steps = 0;
  let seconds = 0;
  let flops = 0;
  const add = (run: RunRecord, share: number): void => {
    steps += Math.round(run.stepsDone * share);
    seconds += run.seconds * share;
    flops += run.flops * share;
  };
  for (const { strategy, run } of decisionRuns) {
    if (run.id === chosenRun?.id) continue;
    const needed = run.kind === 'probe' ? run.stepsDone : (trainedTo?.[strategy] ?? lag);
    add(run, run.stepsDone <= needed ? 1 : needed / run.stepsDone);
  }
  if (chosenRun) add(chosenRun, 1);
  const exhaustiveFlops = input.candidateCount * horizon * input.flopsPerStep;
  return {
    steps,
    seconds,
    flops,
    exhaustiveFlops,
    shareOfExhaustive: exhaustiveFlops > 0 ? flops / exhaustiveFlops : 0,
    flopsWithAudit: input.allRuns.reduce((sum, run) => sum + run.flops, 0),
  };
}
