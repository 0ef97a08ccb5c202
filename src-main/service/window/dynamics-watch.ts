/**
 * What has happened at a growing point since a cursor. A cursor holds the last step seen of every drawn run, in the
 * order the runs began; evaluations are added at the end of a run and runs at the end of a study, so nothing is lost
 * or told twice, whoever wrote it and wherever the reader broke off.
 */
import { EspalierError } from '../../contract/errors.ts';
import type { DynamicsNews, DynamicsRun } from '../../contract/window/dynamics.ts';
import type { History, LossRecord } from '../../history/history.ts';
import { lostKind } from './dynamics-curves.ts';
import { type DynamicsSite, drawnRuns, type SiteRun, shownRun } from './dynamics-site.ts';

/** Most evaluations of one item of the stream. */
export const MOST_POINTS_TOLD = 5000;

type ReadLosses = (history: History, run: SiteRun, afterStep: number) => readonly LossRecord[];

/** The cursor behind these last steps; -1 for a run without an evaluation. */
export const cursorOf = (lastSteps: readonly number[]): string => lastSteps.join(',');

/** @throws EspalierError `bad-input` for a cursor of more runs than there are */
export function stepsOfCursor(cursor: string, runCount: number): number[] {
  const steps = cursor === '' ? [] : cursor.split(',').map(Number);
  if (steps.length > runCount)
    throw new EspalierError(
      'bad-input',
      `The cursor names ${steps.length} runs, but the study has ${runCount}`,
      {
        hint: 'Read the curves again and go on from their cursor.',
        problems: [{ at: 'cursor', message: 'belongs to another study' }],
      },
    );
  return Array.from({ length: runCount }, (_, index) => steps[index] ?? -1);
}

export interface Watched {
  readonly cursor: string;
  /** Runs as they were last told, as text. */
  readonly runs: ReadonlyMap<string, string>;
  readonly study: string;
}

/** News since `before`, and where to go on; `news` is null when there are none. `isMore`: not all was told. */
export function newsSince(
  history: History,
  site: DynamicsSite,
  before: Watched,
  read: ReadLosses,
): { readonly news: DynamicsNews | null; readonly after: Watched; readonly isMore: boolean } {
  const drawn = drawnRuns(site);
  const steps = stepsOfCursor(before.cursor, drawn.length);
  const points: DynamicsNews['points'][number][] = [];
  const changed: DynamicsRun[] = [];
  const runs = new Map(before.runs);
  for (const [index, run] of drawn.entries()) {
    const shown = shownRun(run);
    const text = JSON.stringify(shown);
    if (runs.get(run.id) !== text) changed.push(shown);
    runs.set(run.id, text);
    const room = MOST_POINTS_TOLD - points.length;
    if (room <= 0) continue;
    for (const { step, loss, seconds } of read(history, run, steps[index]!).slice(0, room)) {
      const lost = lostKind(loss);
      points.push({ runId: run.id, step, loss: lost === null ? loss : null, lost, seconds });
      steps[index] = step;
    }
  }
  const { state } = site.study;
  const isDecided = site.decision !== null;
  const study = `${state} ${isDecided}`;
  const cursor = cursorOf(steps);
  const isNews = points.length > 0 || changed.length > 0 || study !== before.study;
  return {
    news: isNews ? { cursor, points, runs: changed, state, isDecided } : null,
    after: { cursor, runs, study },
    isMore: points.length >= MOST_POINTS_TOLD,
  };
}
