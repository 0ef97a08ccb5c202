/** Early dynamics for the window: candidates, curves, rankings, findings, and the stream of what is new. */
import { implement } from '@orpc/server';
import { EspalierError } from '../../contract/errors.ts';
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import {
  type DynamicsCurve,
  type DynamicsCurves,
  type DynamicsFindings,
  type DynamicsSiteInput,
  dynamicsContract,
  SCHEDULES,
  type ScheduleKind,
  type SeedBand,
} from '../../contract/window/dynamics.ts';
import { isOpenRun, rankableSteps } from '../../contract/window/rankable-steps.ts';
import type { History } from '../../history/history.ts';
import { changesOf } from './changes.ts';
import type { WindowContext } from './context.ts';
import {
  type CurveRange,
  CurveStore,
  curveShown,
  lossReadings,
  metricReadings,
  type Reading,
  sampledLosses,
} from './dynamics-curves.ts';
import { findingsOf, findingsOfImported } from './dynamics-findings.ts';
import { landscapeOf } from './dynamics-landscape.ts';
import { importedRankingAt, rankingAt } from './dynamics-ranking.ts';
import {
  type DynamicsSite,
  drawnRuns,
  importedRunId,
  openSite,
  overviewOf,
  overviewOfImported,
} from './dynamics-site.ts';
import { tieStudy } from './dynamics-tie.ts';
import { cursorOf, newsSince, type Watched } from './dynamics-watch.ts';
import { seedBand } from './seed-bands.ts';

/** At most this often, in milliseconds, does a watcher hear of changes. */
const LEAST_INTERVAL = 200;
/** Milliseconds between two looks whether another process has written. */
const POLL = 1000;

/** Runs whose losses are read before others get their turn. */
const WARMED_AT_ONCE = 8;

/** Analyses kept in memory. */
const MOST_FINDINGS = 20;

interface StudyVersion {
  readonly key: string;
  readonly isFinished: boolean;
}

export function dynamicsRouter(context: WindowContext) {
  const { home, reader, studies, news } = context;
  const store = new CurveStore();
  const findings = new Map<string, DynamicsFindings>();
  const router = implement(dynamicsContract);

  const read = <Result>(action: (history: History) => Result): Result => {
    const result = reader.read((history) => ({ value: history.transaction(() => action(history)) }));
    if (result) return result.value;
    throw new EspalierError('bad-input', `there is no history in ${home.folder} yet`, {
      hint: 'Run a study first.',
    });
  };
  const atSite = <Result>(
    input: DynamicsSiteInput,
    ofStudy: (site: DynamicsSite, history: History) => Result,
    ofImported: (audit: RecordedAudit) => Result,
  ): Result =>
    read((history) => {
      const audit = input.studyId.startsWith('import-')
        ? history.listImportedAudits().find(({ id }) => id === input.studyId)?.audit
        : undefined;
      return audit ? ofImported({ ...audit, id: input.studyId }) : ofStudy(openSite(history, input), history);
    });

  /** Reads long curves a few at a time, so that other questions are answered between them. */
  const warm = async (input: DynamicsSiteInput): Promise<void> => {
    const runs = atSite(input, drawnRuns, () => []);
    for (let at = 0; at < runs.length; at += WARMED_AT_ONCE) {
      read((history) => {
        for (const run of runs.slice(at, at + WARMED_AT_ONCE)) store.losses(history, run);
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const curvesOf = (
    site: DynamicsSite,
    history: History,
    metric: string,
    range: CurveRange,
    isSample: boolean,
  ) => {
    const runs = drawnRuns(site);
    const losses = runs.map((run) =>
      isSample ? sampledLosses(history, run.id, run.stepsDone, range) : store.losses(history, run),
    );
    const curves = runs.map((run, index) => {
      const readings: readonly Reading[] =
        metric === 'loss' ? lossReadings(losses[index]!) : metricReadings(history, run.id, metric);
      return curveShown(run.id, readings, range);
    });
    const overview = overviewOf(site);
    const stepsOf = (schedule: ScheduleKind): number[] =>
      rankableSteps(
        site.candidates.flatMap(({ isControl, strategy }) => {
          if (isControl) return [];
          const at = runs.findIndex((run) => run.schedule === schedule && run.strategy === strategy);
          const isOpen = isOpenRun(runs[at] ?? null, schedule, overview);
          return [{ steps: (losses[at] ?? []).map(({ step }) => step), isOpen }];
        }),
      );
    const rankable = { final: stepsOf('final'), cooldown: stepsOf('cooldown') };
    const cursor = cursorOf(losses.map((points) => points.at(-1)?.step ?? -1));
    const bands = isSample ? [] : bandsOf(site, history, metric, range);
    return { ...answer(curves, rankable, cursor), bands, isSample };
  };
  const bandsOf = (site: DynamicsSite, history: History, metric: string, range: CurveRange): SeedBand[] =>
    SCHEDULES.flatMap((schedule) =>
      site.candidates.flatMap(({ strategy }) => {
        const runs = site.runs.filter((run) => run.strategy === strategy && run.schedule === schedule);
        // A candidate without repeats is not read a second time.
        if (runs.length < 2) return [];
        const readings = runs.map((run) =>
          metric === 'loss'
            ? lossReadings(store.losses(history, run))
            : metricReadings(history, run.id, metric),
        );
        const band = seedBand(readings, range);
        return band ? [{ strategy, schedule, ...band }] : [];
      }),
    );

  return {
    overview: router.overview.handler(({ input }) => atSite(input, overviewOf, overviewOfImported)),
    curves: router.curves.handler(async ({ input }) => {
      const { metric, from, to, pixels, scale } = input;
      requireRange(from, to);
      const range = { from, to, pixels, scale };
      const isSample = input.isSample && metric === 'loss';
      if (!isSample) await warm(input);
      return atSite(
        input,
        (site, history) => curvesOf(site, history, metric, range, isSample),
        (audit) => importedCurves(audit, metric, range),
      );
    }),
    rankings: router.rankings.handler(({ input }) => {
      const { schedule, metric, steps } = input;
      return atSite(
        input,
        (site, history) => steps.map((step) => rankingAt(site, step, schedule, metric, history)),
        (audit) => steps.map((step) => importedRankingAt(audit, step, schedule)),
      );
    }),
    findings: router.findings.handler(({ input }) => {
      const asked = atSite<DynamicsFindings | StudyVersion>(
        input,
        ({ study }) => ({ key: `${study.id} ${study.updatedAt}`, isFinished: study.state === 'finished' }),
        findingsOfImported,
      );
      if (!('key' in asked)) return asked;
      const known = findings.get(asked.key);
      if (known) return known;
      const found = findingsOf(studies.analyse(input.studyId));
      if (findings.size > MOST_FINDINGS) findings.clear();
      if (asked.isFinished) findings.set(asked.key, found);
      return found;
    }),
    landscape: router.landscape.handler(({ input }) => landscapeOf(context, input.studyId)),
    tieStudy: router.tieStudy.handler(({ input }) => read((history) => tieStudy(history, input))),
    watch: router.watch.handler(async function* ({ input, signal }) {
      let watched: Watched = { cursor: input.cursor, runs: new Map(), study: '' };
      const look = () =>
        atSite(
          input,
          (site, history) =>
            newsSince(history, site, watched, (from, run, after) => from.listLosses(run.id, after)),
          () => null,
        );
      const changes = changesOf(
        (listener) => {
          const stop = news.on(input.studyId, listener);
          const timer = setInterval(listener, POLL);
          listener();
          return () => {
            clearInterval(timer);
            stop();
          };
        },
        LEAST_INTERVAL,
        signal,
      );
      for await (const _ of changes) {
        for (let isMore = true; isMore; ) {
          const found = look();
          if (!found) break;
          watched = found.after;
          isMore = found.isMore;
          if (found.news) yield found.news;
        }
      }
    }),
  };
}

function importedCurves(audit: RecordedAudit, metric: string, range: CurveRange): DynamicsCurves {
  const drawn = audit.curves.filter(({ repeat }) => repeat === 0);
  const curves = drawn.map(({ strategy, schedule, scheduleSteps, points }) =>
    curveShown(
      importedRunId(strategy, schedule, scheduleSteps),
      points.map(({ step, metrics }) => readingOf(step, metrics[metric])),
      range,
    ),
  );
  const stepsOf = (schedule: ScheduleKind): number[] =>
    rankableSteps(
      drawn
        .filter((curve) => curve.schedule === schedule && !curve.isControl)
        .map(({ points }) => ({ steps: points.map(({ step }) => step), isOpen: false })),
    );
  const groups = Map.groupBy(audit.curves, ({ strategy, schedule, scheduleSteps }) =>
    importedRunId(strategy, schedule, scheduleSteps),
  );
  const bands = [...groups.values()].flatMap((group): SeedBand[] => {
    const { strategy, schedule } = group[0]!;
    const band = seedBand(
      group.map(({ points }) => points.map(({ step, metrics }) => readingOf(step, metrics[metric]))),
      range,
    );
    return band ? [{ strategy, schedule, ...band }] : [];
  });
  return { ...answer(curves, { final: stepsOf('final'), cooldown: stepsOf('cooldown') }, ''), bands };
}

/** A null was measured and is not finite; which way is not recorded. */
const readingOf = (step: number, value: number | null | undefined): Reading => ({
  step,
  value: value === null ? Number.NaN : (value ?? null),
  seconds: 0,
});

function answer(
  curves: readonly DynamicsCurve[],
  rankable: DynamicsCurves['rankable'],
  cursor: string,
): DynamicsCurves {
  const sum = (of: (curve: DynamicsCurve) => number): number =>
    curves.reduce((total, curve) => total + of(curve), 0);
  return {
    curves,
    bands: [],
    points: sum(({ steps }) => steps.length),
    total: sum(({ total }) => total),
    rankable,
    cursor,
    isSample: false,
  };
}

function requireRange(from: number, to: number): void {
  if (from <= to) return;
  throw new EspalierError('bad-input', `The curves cannot be shown from step ${from} to ${to}`, {
    hint: 'Give a range that ascends.',
    problems: [{ at: 'to', message: `must be ${from} or more` }],
  });
}
