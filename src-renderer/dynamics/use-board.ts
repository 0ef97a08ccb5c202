/** All that the panels of the view share: the data, how they are looked at, the lag and what is ranked there. */
import { computed, onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import type {
  DynamicsFindings,
  DynamicsSiteInput,
  StepRanking,
} from '../../src-main/contract/window/dynamics.ts';
import { parseRoute } from '../app/route.ts';
import { isCrowded, type LineWeight, lineWeight } from '../candidate-looks/emphasis.ts';
import type { ErrorWords } from '../connection/error-words.ts';
import { announce } from '../parts/announce.ts';
import { jobs } from '../queue/use-jobs.ts';
import { isHighContrast } from '../theme/theme.ts';
import { DYNAMICS_WORDS as words } from '../words/dynamics.ts';
import { competing, curveOf, type DynamicsData, firstSchedule, lastStep } from './dynamics-data.ts';
import { nearestStep } from './lag-steps.ts';
import { noiseWidth, provisionalRanking, rankingRows } from './ranking-rows.ts';
import { stable } from './stable.ts';
import { useDynamics } from './use-dynamics.ts';
import { useLagPins } from './use-lag-pins.ts';
import { useRankings } from './use-rankings.ts';
import { readViewAddress, viewAddress } from './view-address.ts';
import { type DynamicsView, isShown, readView } from './view-state.ts';
import { type StepWorth, worthOf } from './x-scale.ts';

/** `source`: nothing of a candidate yet. `probing`: not all have come to the lag. `ranked`: they have. */
export type Phase = 'reading' | 'source' | 'probing' | 'ranked';

/** What the pointer or the keys are at, in any chart. */
export interface Hover {
  readonly strategy: string;
  /** Null where the place has no step, as in a table. */
  readonly step: number | null;
}

export type Board = ReturnType<typeof useBoard>;

/** Candidates above which emphasis follows the lag only once it rests. */
const MANY = 30;
const REST = 150;

export function useBoard(site: DynamicsSiteInput) {
  const key = `espalier-dynamics-${site.studyId}`;
  const view: ShallowRef<DynamicsView> = shallowRef({
    ...readView(localStorage.getItem(key)),
    ...readViewAddress(location.hash),
  });
  // Browsers refuse to change the address at every movement of the pointer.
  let addressed: ReturnType<typeof setTimeout> | undefined;
  watch(view, (now) => {
    localStorage.setItem(key, JSON.stringify(now));
    clearTimeout(addressed);
    addressed = setTimeout(() => {
      const here = parseRoute(location.hash);
      if (!('view' in here) || here.view !== 'dynamics' || here.id !== site.studyId) return;
      const address = viewAddress(location.hash, now);
      if (address !== location.hash) history.replaceState(history.state, '', address);
    }, REST);
  });
  /** A link within the view: the palette, Back. */
  const followAddress = (): void => {
    const here = parseRoute(location.hash);
    if ('view' in here && here.view === 'dynamics' && here.id === site.studyId)
      view.value = { ...view.value, ...readViewAddress(location.hash) };
  };
  addEventListener('hashchange', followAddress);
  onScopeDispose(() => {
    clearTimeout(addressed);
    removeEventListener('hashchange', followAddress);
  });
  const change = (changes: Partial<DynamicsView>): void => {
    view.value = { ...view.value, ...changes };
  };

  /** What of the view the rows show; zooming and the lag change nothing of it. */
  const marks = stable(() => {
    const { selected, pinned, hidden, solo, hasControl } = view.value;
    return { selected, pinned, hidden, solo, hasControl };
  });
  const pins = useLagPins(site.studyId);
  const metric = computed(() => view.value.metric);
  const read = useDynamics(
    site,
    () => view.value.metric,
    () => view.value.isLogX,
    () => view.value.zoom,
  );
  const { findings } = read;
  /** What was known when the live curves were paused; null while they are not. */
  const held = shallowRef<DynamicsData | null>(null);
  const data = computed(() => held.value ?? read.data.value);
  const isRunning = computed(() => read.data.value?.overview.state === 'running');
  function toggleLive(): void {
    if (held.value) held.value = null;
    else if (isRunning.value) held.value = read.data.value;
    else return;
    announce(held.value ? words.liveHeld : words.liveAgain);
  }
  const hover = shallowRef<Hover | null>(null);
  /** Candidate whose tooltip was sent away; it stays away until another is hovered. */
  const tipAway = shallowRef<string | null>(null);
  watch(hover, (now) => {
    if (now?.strategy !== tipAway.value) tipAway.value = null;
  });
  /** @returns whether there was a tooltip to send away */
  function dismissTip(): boolean {
    const strategy = hover.value?.step == null ? null : hover.value.strategy;
    if (strategy === null || strategy === tipAway.value) return false;
    tipAway.value = strategy;
    return true;
  }

  // The first choice stays, so that nothing jumps when the final runs begin.
  const suggested = shallowRef<'final' | 'cooldown' | null>(null);
  watch(data, (now) => {
    if (now && suggested.value === null && lastOfAny(now) >= 0) suggested.value = firstSchedule(now);
  });
  const schedule = computed(
    () => view.value.schedule ?? suggested.value ?? data.value?.overview.rule?.schedule ?? 'final',
  );
  const steps = computed(() => data.value?.rankable[schedule.value] ?? []);
  const ruleLag = computed(
    () => data.value?.overview.decision?.lag ?? data.value?.overview.rule?.lag ?? null,
  );
  const phase = computed((): Phase => {
    const now = data.value;
    if (!now) return 'reading';
    if (
      now.overview.candidates.every(
        ({ strategy }) => curveOf(now, strategy, schedule.value).steps.length === 0,
      )
    )
      return 'source';
    const { decision, state, isImported } = now.overview;
    const isThere = ruleLag.value !== null && steps.value.includes(ruleLag.value);
    return decision || isThere || isImported || state === 'finished' ? 'ranked' : 'probing';
  });
  const lag = computed(() => {
    const wanted = view.value.lag ?? ruleLag.value ?? steps.value.at(-1) ?? 0;
    return phase.value === 'ranked'
      ? (nearestStep(steps.value, wanted) ?? wanted)
      : (ruleLag.value ?? wanted);
  });
  const isLarge = computed(() => (data.value?.overview.candidates.length ?? 0) > MANY);
  /** Where the cursor is while it moves over a large pool, whose panels follow once it rests. */
  const draggedLag = shallowRef<number | null>(null);
  const cursorLag = computed(() => draggedLag.value ?? lag.value);
  let moved: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(moved));
  const { rankingAt } = useRankings(
    site,
    () => data.value,
    () => ({
      schedule: schedule.value,
      metric: metric.value,
      lag: lag.value,
      others: [...(ruleLag.value === null ? [] : [ruleLag.value]), ...pins.pinned.value],
    }),
    read.fail,
  );
  const isComparable = computed(
    () => metric.value === 'loss' || (data.value?.overview.metrics.includes(metric.value) ?? false),
  );
  const exact = computed(() => (isComparable.value ? rankingAt(lag.value) : null));
  const ranking = computed((): StepRanking | null => {
    if (phase.value !== 'ranked' || !data.value) return null;
    return exact.value ?? provisionalRanking(data.value, schedule.value, lag.value);
  });
  const start = computed(() => rankingAt(0));
  const rows = computed(() =>
    data.value
      ? rankingRows(data.value, {
          schedule: schedule.value,
          lag: lag.value,
          ranking: ranking.value,
          start: phase.value === 'ranked' ? start.value : null,
          findings: findings.value,
        })
      : [],
  );
  const noise = computed(() => noiseWidth(exact.value));
  const tied = computed(() =>
    rows.value.filter(({ isTied }) => isTied).map(({ candidate }) => candidate.strategy),
  );
  const leader = computed(() => ranking.value?.ranks[0]?.strategy ?? null);

  const restingTied = shallowRef<readonly string[]>([]);
  let rest: ReturnType<typeof setTimeout> | undefined;
  watch(tied, (now, before) => {
    if (now.join('\n') === before.join('\n')) return;
    clearTimeout(rest);
    const settle = (): void => {
      restingTied.value = now;
    };
    if (isLarge.value) rest = setTimeout(settle, REST);
    else settle();
  });
  const emphasised = computed(
    () =>
      new Set([
        ...restingTied.value,
        ...(leader.value === null || isLarge.value ? [] : [leader.value]),
        ...marks.value.selected,
        ...marks.value.pinned,
      ]),
  );
  const crowded = computed(() => {
    const sizes = Map.groupBy(data.value ? competing(data.value) : [], ({ look }) => look.marker);
    return isCrowded([...sizes.values()].map(({ length }) => length));
  });
  /** On canvas: hovering redraws small pools only; in large ones the hovered curve is drawn over them. */
  const weightOf = (strategy: string, isControl: boolean): LineWeight =>
    lineWeight(
      {
        isControl,
        isTied: emphasised.value.has(strategy),
        isSelected: false,
        isPinned: false,
        isHovered: !isLarge.value && hover.value?.strategy === strategy,
      },
      crowded.value && isLarge.value,
      !isLarge.value && isHoverDrawn.value,
      isHighContrast.value,
    );

  /** A candidate without a point yet is no reason for the others to step back. */
  const isHoverDrawn = computed(
    () =>
      hover.value !== null &&
      data.value !== null &&
      isShown(marks.value, hover.value.strategy, false) &&
      curveOf(data.value, hover.value.strategy, schedule.value).steps.length > 0,
  );

  const worth = stable((): StepWorth => {
    const overview = data.value?.overview;
    const done = overview?.runs.filter((run) => run.strategy !== null && run.stepsDone > 0) ?? [];
    const trained = done.reduce((sum, run) => sum + run.stepsDone, 0);
    const seconds = done.reduce((sum, run) => sum + run.seconds, 0);
    return {
      tokens: overview?.tokensPerStep ?? null,
      flops: overview?.flopsPerStep ?? null,
      seconds: trained > 0 && seconds > 0 ? seconds / trained : null,
    };
  });
  const x = computed(() => (worthOf(worth.value, view.value.x) === null ? 'steps' : view.value.x));

  /** Share of training all candidates to the end that deciding at the lag takes. */
  const costShare = computed(() => {
    const now = data.value;
    const horizon = now?.overview.horizon;
    if (!now || !horizon) return null;
    const pool = competing(now).length;
    const extra = schedule.value === 'cooldown' ? 0 : lag.value;
    return (pool * lag.value + horizon - extra) / (pool * horizon);
  });
  const job = computed(
    () => jobs.value?.find(({ studyId, work }) => studyId === site.studyId && work === 'study') ?? null,
  );

  function moveLag(to: number): void {
    if (phase.value !== 'ranked') return;
    const step = nearestStep(steps.value, to);
    if (step === null || step === cursorLag.value) return;
    clearTimeout(moved);
    if (isLarge.value) {
      draggedLag.value = step;
      moved = setTimeout(() => settleLag(step), REST);
    } else settleLag(step);
  }
  function settleLag(step: number): void {
    change({ lag: step });
    draggedLag.value = null;
    const now = rankingAt(step);
    const ties = now?.ranks.filter(({ isTied }) => isTied).length ?? 0;
    announce(words.spoken(step, now?.ranks[0]?.strategy ?? null, ties));
  }
  function pinLag(): void {
    if (phase.value === 'ranked') pins.toggle(lag.value);
  }

  /** What was looked at, for files with data. */
  const settings = computed(() => {
    const overview = data.value?.overview;
    if (!overview) return [];
    const { name, seed, sourceLayers, targetLayers, place } = overview;
    return words.csv.settings({
      name,
      studyId: site.studyId,
      seed,
      layers: place ? [place.fromLayers, place.toLayers] : [sourceLayers, targetLayers],
      schedule: schedule.value,
      metric: metric.value,
      lag: lag.value,
    });
  });
  const last = computed(() => {
    const now = data.value;
    if (!now) return 1;
    return Math.max(1, lastStep(now, schedule.value), phase.value === 'probing' ? (ruleLag.value ?? 1) : 1);
  });

  return {
    site,
    data: data as Readonly<ShallowRef<DynamicsData | null>>,
    findings: findings as Readonly<ShallowRef<DynamicsFindings | null>>,
    isHeld: computed(() => held.value !== null),
    /** Whether news come, held back or not. */
    isRunning,
    toggleLive,
    failure: read.failure as Readonly<ShallowRef<ErrorWords | null>>,
    isReading: read.isReading,
    retry: read.retry,
    view,
    marks,
    metric,
    change,
    hover,
    tipAway: tipAway as Readonly<ShallowRef<string | null>>,
    dismissTip,
    schedule,
    steps,
    phase,
    lag,
    cursorLag,
    ruleLag,
    ranking,
    isExact: computed(() => exact.value !== null),
    isComparable,
    rankingAt,
    rows,
    noise,
    tied,
    leader,
    emphasised,
    isLarge,
    weightOf,
    worth,
    x,
    last,
    settings,
    costShare,
    job,
    moveLag,
    pinnedLags: pins.pinned,
    pinLag,
  };
}

/** Largest step of any candidate; -1 before the first evaluation. */
const lastOfAny = (data: DynamicsData): number =>
  data.overview.candidates.reduce(
    (most, { strategy }) =>
      (['final', 'cooldown'] as const).reduce(
        (far, schedule) => Math.max(far, curveOf(data, strategy, schedule).steps.at(-1) ?? -1),
        most,
      ),
    -1,
  );
