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

const endOf = ({ policies, budgetFlops }: StackingAnalysis): number =>
  Math.max(budgetFlops, ...policies.flatMap(coursesOf).flatMap((course) => course.map(([flops]) => flops)));

/** Whether enough was measured near the end for a panel of its own. */
export function hasEnlargedEnd(analysis: StackingAnalysis): boolean {
  const from = ENLARGED_FROM * endOf(analysis);
  const late = analysis.policies
    .flatMap(coursesOf)
    .flat()
    .filter(([flops, loss]) => flops >= from && loss !== null);
  return late.length > 3;
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
  const hasLate = hasEnlargedEnd(analysis);
  const upperHeight = hasLate ? (size.height - 136) * 0.45 : size.height - 30 - 42;
  const upper: Area = { left, top: 30, width, height: upperHeight };
  const lowerTop = upper.top + upper.height + 58;
  const lower: Area = { left, top: lowerTop, width, height: size.height - lowerTop - 42 };
  const all = shown.flatMap(({ courses }) => courses.flat());
  const finite = (points: readonly Point[]): number[] =>
    points.flatMap(([, loss]) => (loss === null ? [] : [loss]));
  const lastFlops = endOf(analysis);
  const fromFlops = ENLARGED_FROM * lastFlops;
  const late = all.filter(([flops]) => flops >= fromFlops);
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
  // A policy is labelled where it is enlarged; one that stopped before that, at the end of its line above.
  const ends = shown.flatMap(({ policy, courses }) => {
    const end = courses.flat().findLast(([, loss]) => loss !== null);
    if (end === undefined) return [];
    const [flops, loss] = end as readonly [number, number];
    const isLate = hasLate && flops >= fromFlops;
    const [area, range] = isLate ? [lower, lateRange] : [upper, lossRange];
    const from = isLate ? fromFlops : 0;
    return [
      {
        policy,
        area,
        x: left + ((flops - from) / (lastFlops - from)) * width,
        y: pixelY(Math.min(loss, range.max), range, area),
        isAbove: loss > range.max,
      },
    ];
  });
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
    ...grids.flatMap((area) => {
      const here = ends.filter((end) => end.area === area);
      const places = spreadLabels(
        here.map(({ y }) => y),
        LABEL_GAP,
        area.top,
        area.top + area.height,
      );
      return here.flatMap(({ policy, x, y, isAbove }, index) => {
        const name = shortName(policy.name, isAbove ? limit - 2 : limit);
        return [
          // A line that stopped early is too far from its label for a leader.
          ...(x < right - 1
            ? []
            : [
                lineBetween(
                  [right + 4, y],
                  [right + 12, places[index]!],
                  palette(looks.get(policy.name)!.token),
                  { z: 3 },
                ),
              ]),
          textAt(right + 15, places[index]!, isAbove ? `${name} ▴` : name, palette('text-2')),
        ];
      });
    }),
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
