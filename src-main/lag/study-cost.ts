/** What a study spent to decide and to train its choice, against training every candidate to the horizon. */
import type { StudyCost } from '../contract/analysis.ts';
import type { RunRecord } from '../contract/records.ts';

export interface CostInput {
  /** Runs the decision rests on: one for each ranked candidate and repeat, controls left out. */
  readonly decisionRuns: readonly RunRecord[];
  /** Steps of such a run that the rule needs: the whole probe, or the lag of a run on the final schedule. */
  readonly lag: number;
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
 * reads counts up to the lag; only the chosen one counts to its end. The runs of controls and what an audit adds
 * appear in `flopsWithAudit` alone.
 */
export function studyCost(input: CostInput): StudyCost {
  const { decisionRuns, chosenRun, lag, horizon } = input;
  let steps = 0;
  let seconds = 0;
  let flops = 0;
  const add = (run: RunRecord, share: number): void => {
    steps += Math.round(run.stepsDone * share);
    seconds += run.seconds * share;
    flops += run.flops * share;
  };
  for (const run of decisionRuns) {
    if (run.id === chosenRun?.id) continue;
    add(run, run.kind === 'probe' || run.stepsDone <= lag ? 1 : lag / run.stepsDone);
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
