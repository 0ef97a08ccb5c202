/** Steps at which candidates can be ranked: the same for the service, which ranks, and the page, which asks. */
import type { DynamicsOverview, DynamicsRun, ScheduleKind } from './dynamics.ts';

export interface RankableCurve {
  /** Measured, ascending. */
  readonly steps: readonly number[];
  /** More is to come: no step beyond the last can be ranked. */
  readonly isOpen: boolean;
}

/**
 * Ascending. A curve that diverged or stopped takes no later step from the others; one that is still trained, or has
 * not begun, does. One pass over all points, as there may be millions.
 */
export function rankableSteps(curves: readonly RankableCurve[]): number[] {
  const closed = curves.filter(({ steps, isOpen }) => !isOpen && steps.length > 0);
  const open = curves.filter(({ isOpen }) => isOpen).length;
  const counts = new Map<number, number>();
  for (const { steps } of curves) for (const step of steps) counts.set(step, (counts.get(step) ?? 0) + 1);
  const ends = closed.map(({ steps }) => steps.at(-1)!).sort((a, b) => a - b);
  let ended = 0;
  return [...counts.keys()]
    .sort((a, b) => a - b)
    .filter((step) => {
      while (ended < ends.length && ends[ended]! < step) ended++;
      return counts.get(step) === open + ends.length - ended;
    });
}

/** Whether more evaluations of a candidate's run on a schedule are to come; `run` is null before it exists. */
export function isOpenRun(
  run: Pick<DynamicsRun, 'state'> | null,
  schedule: ScheduleKind,
  { state, mode, rule, decision }: Pick<DynamicsOverview, 'state' | 'mode' | 'rule' | 'decision'>,
): boolean {
  if (state === 'finished') return false;
  if (run?.state === 'running') return true;
  if (run !== null && run.state !== 'waiting') return false;
  if (mode === 'audit' && schedule === 'final') return true;
  return decision === null && rule?.schedule === schedule;
}
