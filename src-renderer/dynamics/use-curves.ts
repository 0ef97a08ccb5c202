/** The curves chart: what it draws, its sentence, its table, and what its footer has to say. */
import { computed } from 'vue';
import type { ChartSize } from '../../src-main/report/chart-layout.ts';
import { formatCount } from '../../src-main/report/number-format.ts';
import type { Look, Palette } from '../../src-main/report/theme.ts';
import type { ChartTable } from '../charts/chart-table.ts';
import { DYNAMICS_WORDS as words } from '../words/dynamics.ts';
import { type CurvesInput, type DrawnLine, rangesOf } from './curve-ranges.ts';
import { curvesOption } from './curves-chart.ts';
import { drawnCurves, scaleOf } from './curves-input.ts';
import { competing, curveOf } from './dynamics-data.ts';
import { stable } from './stable.ts';
import type { Board } from './use-board.ts';
import { formatX, LABEL_ROOM, worthOf } from './x-scale.ts';

const SOURCE_LOOK: Look = { token: 'text-2', dash: [], marker: 'circle' };

export function useCurves(board: Board) {
  const { data, view, schedule, x, worth, phase } = board;

  const isSource = computed(() => phase.value === 'source');
  const source = computed(() => (data.value ? curveOf(data.value, null, 'final') : null));
  // The lag is part of the view too; what it does not change is not computed again while it moves.
  const drawn = stable(() => {
    const { hasControl, hasSpread, solo, hidden, smoothing, reference } = view.value;
    return { hasControl, hasSpread, solo, hidden, smoothing, reference };
  });
  const curves = computed(() =>
    data.value && !isSource.value
      ? drawnCurves(data.value, drawn.value, schedule.value, x.value, worth.value)
      : [],
  );
  const weights = stable(() =>
    curves.value.map(({ strategy, isControl }) => ({
      weight: board.weightOf(strategy, isControl),
      isEmphasised: board.emphasised.value.has(strategy),
    })),
  );
  const lines = computed((): DrawnLine[] => {
    if (isSource.value) return sourceLine();
    return curves.value.map((curve, index) => ({ ...curve, ...weights.value[index]! }));
  });
  function sourceLine(): DrawnLine[] {
    const curve = source.value;
    if (!curve || curve.steps.length === 0) return [];
    const values = curve.steps.map((step, index) => [step, curve.values[index] ?? null] as const);
    return [
      {
        strategy: words.sourceModel,
        look: SOURCE_LOOK,
        weight: { isColoured: true, width: 2.25, opacity: 1 },
        isEmphasised: true,
        isControl: false,
        values,
        rawValues: [],
        gaps: [],
        spread: [],
        lost: curve.lost.map(({ step, kind }) => ({ x: step, step, kind })),
      },
    ];
  }
  const scale = stable(() => {
    if (!isSource.value) return scaleOf(view.value, board.last.value, x.value, worth.value);
    const run = data.value?.overview.runs.find(({ strategy }) => strategy === null);
    const to = Math.max(1, run?.stepsPlanned ?? 0, source.value?.steps.at(-1) ?? 0);
    return { from: 0, to, unit: 25, isLog: view.value.isLogX };
  });
  const hasGaps = computed(() => lines.value.some(({ gaps }) => gaps.some(([, y]) => y !== null)));
  const shown = computed((): CurvesInput['shown'] => {
    if (isSource.value || phase.value === 'probing' || !hasGaps.value) return 'values';
    return view.value.y === 'gap' ? 'gaps' : 'both';
  });
  const factor = computed(() => worthOf(worth.value, x.value) ?? 1);
  const drawing = stable(() => {
    const { y, hasBand, reference, metric } = view.value;
    return { y, hasBand, reference, metric };
  });
  const input = computed((): CurvesInput => {
    const { y, hasBand, reference, metric } = drawing.value;
    const noise = board.noise.value?.width ?? null;
    const isNoisy = hasBand && noise !== null && reference === null && board.isComparable.value;
    return {
      lines: lines.value,
      scale: scale.value,
      formatX: (value) => formatX(isSource.value ? 'steps' : x.value, value),
      shown: shown.value,
      isFitted: y !== 'all' && y !== 'log',
      areGapsFitted: y !== 'all',
      tickGap: LABEL_ROOM[isSource.value ? 'steps' : x.value],
      isLogY: y === 'log',
      band: isNoisy ? noise : null,
      isSigned: reference !== null,
      keptTicks: phase.value === 'source' ? [] : [board.lag.value * factor.value],
      pins: board.pinnedLags.value
        .filter((lag) => lag !== board.lag.value)
        .map((lag) => ({ x: lag * factor.value, label: formatCount(lag) })),
      words: {
        values: words.valuesTitle(metric),
        gaps: reference === null ? words.gapsTitle : words.gapsTo(reference),
        band: isNoisy ? words.bandTitle(noise.toFixed(noise < 0.0095 ? 4 : 3)) : '',
        x: isSource.value ? words.xNames.steps.replace(' since growth', '') : words.xTitles[x.value],
        best: words.best,
        lost: words.lost,
      },
    };
  });
  const draw = computed(() => {
    const now = input.value;
    if (now.lines.length === 0) return null;
    return (size: ChartSize, palette: Palette) => curvesOption(now, size, palette);
  });
  const screenDraw = computed(() => {
    const now = input.value;
    return (size: ChartSize, palette: Palette) => curvesOption(now, size, palette, false);
  });
  const ranges = stable(() => rangesOf(input.value));
  const sentence = computed(() =>
    words.curvesSentence({
      metric: board.metric.value,
      candidates: data.value ? competing(data.value).length : 0,
      lag: board.lag.value,
      leader: board.leader.value,
      tied: board.tied.value.length,
    }),
  );
  const table = computed((): ChartTable | null => {
    const now = data.value;
    if (!now || lines.value.length === 0) return null;
    const { csv } = words;
    const strategies = isSource.value ? [null] : now.overview.candidates.map(({ strategy }) => strategy);
    return {
      caption: words.curvesTitle(board.metric.value, isSource.value),
      settings: board.settings.value,
      columns: [
        { title: csv.strategy, isNumber: false },
        { title: csv.step, isNumber: true, unit: csv.stepUnit },
        { title: csv.value(board.metric.value), isNumber: true, unit: csv.unit(board.metric.value) },
        { title: csv.seconds, isNumber: true, unit: csv.timeUnit },
      ],
      rows: strategies.flatMap((strategy) => {
        const curve = curveOf(now, strategy, strategy === null ? 'final' : schedule.value);
        return curve.steps.map((step, index) => [
          strategy ?? words.sourceModel,
          step,
          curve.values[index] ?? null,
          curve.seconds[index] ?? null,
        ]);
      }),
    };
  });
  /** Curves that leave through the top. */
  const leaving = computed(() => {
    const limit = ranges.value.values.max;
    const highest = drawing.value.y === 'log' ? 10 ** limit : limit;
    return lines.value.filter(({ values }) => values.some(([, y]) => y !== null && y > highest)).length;
  });
  /** How many training orders stand behind the curves. */
  const seeds = computed(() => {
    const spreads = data.value?.bands.filter((band) => band.schedule === schedule.value) ?? [];
    if (spreads.length === 0) return words.footOneSeed;
    const counts = spreads.map((band) => band.seeds);
    return drawn.value.hasSpread
      ? words.footSeeds(Math.min(...counts), Math.max(...counts))
      : words.footSeedsHidden(Math.max(...counts));
  });
  const foot = computed(() => {
    const now = data.value;
    if (!now || isSource.value || lines.value.length === 0) return '';
    const { hidden, solo, smoothing } = drawn.value;
    const all = [...now.curves.values()];
    const total = all.reduce((sum, curve) => sum + curve.total, 0);
    const shownPoints = all.reduce((sum, curve) => sum + curve.steps.length, 0);
    const out = leaving.value;
    return [
      ...(now.isSample ? [words.footSample] : now.isThinned ? [words.footThinned(shownPoints, total)] : []),
      ...(solo !== null
        ? [words.footSolo(solo)]
        : hidden.length > 0
          ? [words.footHidden(hidden.length)]
          : []),
      ...(smoothing.method !== 'none' && !now.isThinned ? [words.footSmoothed(smoothing)] : []),
      ...(phase.value === 'ranked' ? [seeds.value] : []),
      ...(out > 0 && shown.value !== 'gaps' ? [words.footOut(out)] : []),
      words.footKeys,
    ].join(' · ');
  });
  return {
    input,
    draw,
    screenDraw,
    ranges,
    lines,
    scale,
    shown,
    sentence,
    table,
    foot,
    isSource,
    factor,
    source,
  };
}
