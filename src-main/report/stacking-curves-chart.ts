/** Validation loss of every policy over the FLOPs it has spent: the whole course, and the end enlarged. */
import type { PolicyAnalysis, StackingAnalysis } from '../contract/stacking-analysis.ts';
import { type Area, type ChartSize, niceRange, pixelY, shortName, spreadLabels } from './chart-layout.ts';
import {
  type ChartOption,
  chartFrame,
  type Graphic,
  gridOf,
  LABEL_GAP,
  lineBetween,
  NARROW,
  placedAxis,
  type Series,
  symbolOf,
  textAt,
  valueAxis,
} from './chart-parts.ts';
import { inFinalOrder } from './stacking-looks.ts';
import type { Look, Palette } from './theme.ts';

export interface PolicyChartContext {
  readonly size: ChartSize;
  readonly palette: Palette;
  /** Looks by policy name (stacking-looks.ts policyLooks). */
  readonly looks: ReadonlyMap<string, Look>;
}

type Point = readonly [flops: number, loss: number | null];

/** Share of the budget at which the enlarged panel begins. */
const ENLARGED_FROM = 0.6;

/** Each stage as a line of its own: [FLOPs spent, loss]. */
function coursesOf({ stages }: PolicyAnalysis): Point[][] {
  return stages
    .map(({ curve, flopsBefore, flopsPerStep }) =>
      curve.map(({ step, loss }): Point => [flopsBefore + step * flopsPerStep, loss]),
    )
    .filter((course) => course.length > 0);
}

/** Null while no policy has two evaluations with a finite loss. */
export function curvesOption(analysis: StackingAnalysis, context: PolicyChartContext): ChartOption | null {
  const { size, palette, looks } = context;
  const shown = inFinalOrder(analysis.policies)
    .map((policy) => ({ policy, courses: coursesOf(policy) }))
    .filter(({ courses }) => courses.flat().filter(([, loss]) => loss !== null).length > 1);
  if (shown.length === 0) return null;
  const isNarrow = size.width < NARROW;
  const left = 46;
  const rightMargin = isNarrow ? 104 : 170;
  const width = size.width - left - rightMargin;
  const upper: Area = { left, top: 30, width, height: (size.height - 136) * 0.45 };
  const lowerTop = upper.top + upper.height + 58;
  const lower: Area = { left, top: lowerTop, width, height: size.height - lowerTop - 42 };
  const all = shown.flatMap(({ courses }) => courses.flat());
  const finite = (points: readonly Point[]): number[] =>
    points.flatMap(([, loss]) => (loss === null ? [] : [loss]));
  const lastFlops = Math.max(analysis.budgetFlops, ...all.map(([flops]) => flops));
  const fromFlops = ENLARGED_FROM * lastFlops;
  const late = all.filter(([flops]) => flops >= fromFlops);
  const hasLate = finite(late).length > 1;
  // The fall from the initialisation would press all that follows onto the floor; it leaves at the top.
  const settled = finite(all.filter(([flops]) => flops >= 0.04 * lastFlops));
  const lossRange = niceRange(
    Math.min(...finite(all)),
    Math.max(...(settled.length > 0 ? settled : finite(all))),
    4,
  );
  const lateLosses = hasLate ? finite(late) : finite(all);
  // Probably one straggler, such as training from scratch: the end of the others is what the panel is for.
  const lateSorted = lateLosses.toSorted((a, b) => a - b);
  const lateRange = niceRange(
    lateSorted[0]!,
    Math.max(lateSorted[Math.floor((lateSorted.length - 1) * 0.92)]!, lateSorted[0]! + 1e-3),
    6,
  );
  const grids = hasLate ? [upper, lower] : [upper];
  const xRanges = [
    { min: 0, max: lastFlops },
    { min: fromFlops, max: lastFlops },
  ];
  const ranges = [lossRange, lateRange];
  const unit = flopsUnit(lastFlops);

  const series = shown.flatMap(({ policy, courses }): Series[] => {
    const look = looks.get(policy.name)!;
    return grids.flatMap((_, gridIndex) =>
      courses.flatMap((course, stage): Series[] => [
        stageLine(policy, look, course, gridIndex, palette),
        ...(stage === 0 ? [] : [jumpLine(courses[stage - 1]!, course, look, gridIndex, palette)]),
      ]),
    );
  });
  const labelArea = hasLate ? lower : upper;
  const labelRange = hasLate ? lateRange : lossRange;
  const ends = shown.flatMap(({ policy, courses }) => {
    const loss = courses.flat().findLast(([, value]) => value !== null)?.[1];
    if (loss === undefined || loss === null) return [];
    const isAbove = loss > labelRange.max;
    return [{ policy, y: pixelY(Math.min(loss, labelRange.max), labelRange, labelArea), isAbove }];
  });
  const places = spreadLabels(
    ends.map(({ y }) => y),
    LABEL_GAP,
    labelArea.top,
    labelArea.top + labelArea.height,
  );
  const right = left + width;
  const limit = isNarrow ? 14 : 24;
  const graphic: Graphic[] = [
    textAt(0, 10, 'Validation loss, nats per token', palette('text-2')),
    ...(hasLate
      ? [
          textAt(
            0,
            lower.top - 20,
            `The last ${Math.round(100 * (1 - ENLARGED_FROM))} %, enlarged`,
            palette('text-2'),
          ),
        ]
      : []),
    textAt(left + width / 2, size.height - 8, `Compute spent, ${unit.name}`, palette('text-2'), {
      align: 'center',
    }),
    ...ends.flatMap(({ policy, y, isAbove }, index) => [
      lineBetween([right + 4, y], [right + 12, places[index]!], palette(looks.get(policy.name)!.token), {
        z: 3,
      }),
      textAt(
        right + 15,
        places[index]!,
        `${shortName(policy.name, isAbove ? limit - 2 : limit)}${isAbove ? ' ▴' : ''}`,
        palette('text-2'),
      ),
    ]),
  ];
  return {
    ...chartFrame(),
    grid: grids.map(gridOf),
    xAxis: grids.map((_, gridIndex) => {
      const range = xRanges[gridIndex]!;
      const nice = niceRange(range.min, range.max * 0.999, isNarrow ? 3 : 6);
      const places: number[] = [];
      for (let place = nice.min; place <= range.max * 1.0001; place += nice.interval)
        if (place >= range.min) places.push(place);
      return placedAxis(range, places, (place) => trim(place / unit.size), palette, { gridIndex });
    }),
    yAxis: grids.map((_, gridIndex) => valueAxis(ranges[gridIndex]!, palette, { gridIndex })),
    series,
    graphic,
  };
}

function stageLine(
  policy: PolicyAnalysis,
  look: Look,
  course: readonly Point[],
  gridIndex: number,
  palette: Palette,
): Series {
  const colour = palette(look.token);
  return {
    type: 'line',
    name: policy.name,
    silent: true,
    xAxisIndex: gridIndex,
    yAxisIndex: gridIndex,
    data: course.map(([flops, loss], index) => ({
      value: [flops, loss ?? '-'],
      // A marker where a stage begins and where it ends; between them the line says enough.
      symbol: index === 0 || index === course.length - 1 ? symbolOf(look.marker) : 'none',
    })),
    symbolSize: 5.5,
    showAllSymbol: true,
    z: policy.policy === 'lag' ? 4 : 3,
    lineStyle: {
      color: colour,
      width: policy.policy === 'lag' ? 2.25 : 1.25,
      type: look.dash.length === 0 ? 'solid' : [...look.dash],
      cap: 'butt',
    },
    itemStyle: { color: colour },
  };
}

/** From the end of a stage to the start of the next: up or down at the growing point, along where search is paid. */
function jumpLine(
  before: readonly Point[],
  after: readonly Point[],
  look: Look,
  gridIndex: number,
  palette: Palette,
): Series {
  return {
    type: 'line',
    silent: true,
    xAxisIndex: gridIndex,
    yAxisIndex: gridIndex,
    data: [before.at(-1)!, after[0]!].map(([flops, loss]) => [flops, loss ?? '-']),
    showSymbol: false,
    z: 2,
    lineStyle: { color: palette(look.token), width: 1, type: [1, 2.5], opacity: 0.9 },
  };
}

/** The prefix in which a compute axis is labelled. */
export function flopsUnit(flops: number): { readonly name: string; readonly size: number } {
  const units = ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP', 'EFLOP', 'ZFLOP'];
  const power = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(1, flops)) / 3 + 1e-9)),
  );
  return { name: units[power]!, size: 1000 ** power };
}

/** At most three significant digits, without trailing zeros. */
export const trim = (value: number): string => String(Number(value.toPrecision(3)));
