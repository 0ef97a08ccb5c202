/** Reads a growing point and keeps it current: overview and curves once, then the stream of what is new. */
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import type { DynamicsFindings, DynamicsSiteInput } from '../../src-main/contract/window/dynamics.ts';
import { service } from '../connection/client.ts';
import { type ErrorWords, errorInWords } from '../connection/error-words.ts';
import { watchStream } from '../connection/watch-stream.ts';
import {
  type DynamicsData,
  dataOf,
  type FinerRange,
  withFiner,
  withNews,
  withOverview,
} from './dynamics-data.ts';

/** Columns of pixels that curves are thinned to: more than any chart is wide on a screen of two pixels a point. */
const PIXELS = 2000;
/** The same for many candidates, where a curve is a hairline among others. */
const PIXELS_OF_MANY = 160;
const MANY = 40;
/** The same for the first look at them. */
const PIXELS_OF_SAMPLE = 40;
/** Milliseconds for which the view must rest before its range is read finer. */
const REST = 150;
/** Milliseconds between two readings of another metric while it grows. */
const METRIC_INTERVAL = 1000;

export function useDynamics(
  site: DynamicsSiteInput,
  metric: () => string,
  isLogX: () => boolean,
  zoom: () => readonly [number, number] | null,
) {
  /** Over the whole range; `finer` lies over it. */
  const whole = shallowRef<DynamicsData | null>(null);
  const finer = shallowRef<FinerRange | null>(null);
  const data = computed(() =>
    whole.value?.isThinned && finer.value ? withFiner(whole.value, finer.value) : whole.value,
  );
  const findings = shallowRef<DynamicsFindings | null>(null);
  const failure = shallowRef<ErrorWords | null>(null);
  const isReading = shallowRef(false);
  let cursor = '';
  let metricTimer: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(metricTimer));

  const fail = (error: unknown): void => {
    failure.value = errorInWords(error);
  };

  const questionOf = (isMany: boolean) => ({
    ...site,
    metric: metric(),
    pixels: isMany ? PIXELS_OF_MANY : PIXELS,
    scale: isLogX() ? ('log' as const) : ('linear' as const),
  });

  async function read(): Promise<void> {
    isReading.value = true;
    try {
      const overview = await service.dynamics.overview(site);
      const isMany = overview.candidates.length > MANY;
      const question = questionOf(isMany);
      // Many long curves take seconds to read; a point of each column shows where they go until then.
      if (isMany && data.value === null && metric() === 'loss')
        whole.value = dataOf(
          overview,
          await service.dynamics.curves({ ...question, pixels: PIXELS_OF_SAMPLE, isSample: true }),
        );
      const answer = await service.dynamics.curves(question);
      cursor = answer.cursor;
      whole.value = dataOf(overview, answer);
      failure.value = null;
    } catch (error) {
      fail(error);
    }
    isReading.value = false;
  }

  async function readFindings(): Promise<void> {
    try {
      findings.value = await service.dynamics.findings(site);
    } catch (error) {
      fail(error);
    }
  }

  async function readOverview(): Promise<void> {
    try {
      const overview = await service.dynamics.overview(site);
      if (!whole.value) return;
      // A growing point that was not there before has other runs: its curves are read anew.
      if (whole.value.overview.place === null && overview.place !== null) await read();
      else whole.value = withOverview(whole.value, overview);
    } catch (error) {
      fail(error);
    }
  }

  const isOver = (): boolean => data.value?.overview.state === 'finished';
  const first = read().then(async () => {
    if (isOver()) await readFindings();
  });
  watch([metric, isLogX], async ([name], [before]) => {
    if (name !== before || data.value?.isThinned) await read();
  });
  watchStream(
    async (signal) => {
      await first;
      return service.dynamics.watch({ ...site, cursor }, { signal });
    },
    (news) => {
      const before = whole.value;
      cursor = news.cursor;
      if (!before) return;
      const { overview } = before;
      const wasDecided = overview.decision !== null;
      const waited =
        overview.flopsPerStep === null || (overview.mode === 'stacking' && overview.place === null);
      if (metric() === 'loss') whole.value = withNews(before, news);
      else {
        whole.value = withNews(before, { ...news, points: [] });
        if (news.points.length > 0) metricTimer ??= setTimeout(() => void readMetric(), METRIC_INTERVAL);
      }
      const hasEnded = news.state === 'finished' && overview.state !== 'finished';
      if (
        (news.isDecided && !wasDecided) ||
        hasEnded ||
        (waited && (news.points.length > 0 || news.runs.length > 0))
      )
        void readOverview();
      if (hasEnded) void readFindings();
    },
    fail,
  );
  let asked = 0;
  let resting: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(resting));
  async function readFiner(own: number, from: number, to: number): Promise<void> {
    const isMany = (whole.value?.overview.candidates.length ?? 0) > MANY;
    try {
      const { curves } = await service.dynamics.curves({ ...questionOf(isMany), from, to });
      if (own === asked) finer.value = { from, to, curves };
    } catch (error) {
      if (own === asked) fail(error);
    }
  }
  watch([zoom, metric, isLogX, () => whole.value?.isSample], ([range]) => {
    const own = ++asked;
    clearTimeout(resting);
    if (range === null) finer.value = null;
    else if (whole.value?.isThinned && !whole.value.isSample)
      resting = setTimeout(() => void readFiner(own, Math.floor(range[0]), Math.ceil(range[1])), REST);
  });
  watch(metric, () => {
    finer.value = null;
  });
  async function readMetric(): Promise<void> {
    await read();
    metricTimer = undefined;
  }

  return { data, findings, failure, isReading, retry: read, fail };
}
