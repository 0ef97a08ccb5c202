/**
 * The timeline of a stacking study as inline SVG: one row for each policy, compute from left to right, a bar for
 * each stage whose height and number say its depth, the strategy at each growing point, and hatching where search
 * is paid for. The table beside it holds the same numbers.
 */
import type { PolicyAnalysis, StackingAnalysis, StageAnalysis } from '../contract/stacking-analysis.ts';
import { niceRange, shortName } from './chart-layout.ts';
import { escapeHtml } from './markup.ts';
import { formatCount, formatDifference, formatFlops, formatLoss } from './number-format.ts';
import { flopsUnit, trim } from './stacking-curves-chart.ts';
import { inFinalOrder, stateInWords } from './stacking-looks.ts';

interface Layout {
  readonly id: string;
  readonly width: number;
  readonly plotLeft: number;
  readonly plotWidth: number;
  readonly top: number;
  readonly rowHeight: number;
  /** From the top of a row to the ground its bars stand on. */
  readonly ground: number;
  readonly isNarrow: boolean;
}

const WIDE: Layout = {
  id: 'timeline-wide',
  width: 768,
  plotLeft: 162,
  plotWidth: 404,
  top: 26,
  rowHeight: 54,
  ground: 46,
  isNarrow: false,
};
const NARROW: Layout = {
  id: 'timeline-narrow',
  width: 352,
  plotLeft: 2,
  plotWidth: 346,
  top: 8,
  rowHeight: 86,
  ground: 76,
  isNarrow: true,
};
const BAR_LEAST = 7;
const BAR_MOST = 26;
/** Average width of a letter at 11 px. */
const LETTER = 6.1;

/** Wide and narrow drawing; the style sheet shows one of the two. */
export function timelineSvgs(analysis: StackingAnalysis, description: string): string {
  return [WIDE, NARROW]
    .map(
      (layout) =>
        `<div class="${layout.isNarrow ? 'narrow' : 'wide'}">${timelineSvg(analysis, description, layout)}</div>`,
    )
    .join('');
}

/** A stage where it stands on the axis, in FLOPs; what is only planned begins at `done`. */
interface PlacedStage {
  readonly stage: StageAnalysis;
  /** Where the search before it begins; equal to `from` where none is charged. */
  readonly searchFrom: number;
  readonly from: number;
  readonly done: number;
  readonly to: number;
}

/**
 * Stages one after another, searches that are charged between them. Those to come follow where the one before is
 * planned to end, no further than the budget; after one that was lost nothing comes.
 */
export function placeStages(
  { stages, growingPoints, search }: PolicyAnalysis,
  budgetFlops: number,
): PlacedStage[] {
  const lost = stages.findIndex(({ state }) => state === 'diverged' || state === 'failed');
  let end = 0;
  return stages.slice(0, lost < 0 ? stages.length : lost + 1).map((stage, index): PlacedStage => {
    const searched = search === 'charged' ? (growingPoints[index - 1]?.searchFlops ?? 0) : 0;
    const searchFrom = end;
    const from = searchFrom + searched;
    const done = from + stage.flops;
    const isOver = stage.state === 'finished' || index === lost;
    const planned = Math.min(from + stage.stepsPlanned * stage.flopsPerStep, budgetFlops);
    end = isOver ? done : Math.max(done, planned);
    return { stage, searchFrom, from, done, to: end };
  });
}

function timelineSvg(analysis: StackingAnalysis, description: string, layout: Layout): string {
  const { id, width, plotLeft, plotWidth, top, rowHeight, isNarrow } = layout;
  const rows = inFinalOrder(analysis.policies).map((policy) => ({
    policy,
    placed: placeStages(policy, analysis.budgetFlops),
  }));
  const last = Math.max(analysis.budgetFlops, ...rows.flatMap(({ placed }) => placed.map(({ to }) => to)));
  const deepest = Math.max(
    1,
    ...analysis.policies.flatMap(({ stages }) => stages.map(({ layers }) => layers)),
  );
  const x = (flops: number): number => plotLeft + (flops / last) * plotWidth;
  const axisY = top + rows.length * rowHeight + 4;
  const height = axisY + 38;
  const budgetX = round(x(analysis.budgetFlops));
  const parts = [
    `<defs><pattern id="${id}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V5"/></pattern></defs>`,
    ...(isNarrow
      ? []
      : [
          text(0, 10, 'Policy', 'head'),
          text(plotLeft, 10, 'Stages: bar height and number are layers', 'head'),
          text(plotLeft + plotWidth + 16, 10, 'Final loss and margin', 'head'),
        ]),
    ...rows.map(({ policy, placed }, index) =>
      row(policy, placed, { analysis, layout, y: top + index * rowHeight, x, deepest, isBest: index === 0 }),
    ),
    ...rows.map((_, index) => {
      const ground = top + index * rowHeight + layout.ground;
      const from = isNarrow ? ground - BAR_MOST - 4 : ground - rowHeight;
      return `<path class="budget" d="M${budgetX} ${from}V${index === rows.length - 1 ? axisY : ground}"/>`;
    }),
    axis(last, x, axisY, layout),
  ];
  return `<svg class="timeline" role="img" aria-labelledby="${id}-title ${id}-text" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title id="${id}-title">Timeline of the policies</title><desc id="${id}-text">${escapeHtml(description)}</desc>${parts.join('')}</svg>`;
}

interface RowContext {
  readonly analysis: StackingAnalysis;
  readonly layout: Layout;
  readonly y: number;
  readonly x: (flops: number) => number;
  readonly deepest: number;
  readonly isBest: boolean;
}

function row(policy: PolicyAnalysis, placed: readonly PlacedStage[], context: RowContext): string {
  const { layout, y, x, deepest, analysis, isBest } = context;
  const ground = y + layout.ground;
  const right = layout.plotLeft + layout.plotWidth;
  const parts = [
    `<path class="ground" d="M${layout.isNarrow ? 0 : layout.plotLeft} ${ground}H${right}"/>`,
    ...placed.map((entry, index) =>
      stageParts(entry, {
        id: layout.id,
        ground,
        x,
        barHeight: BAR_LEAST + ((BAR_MOST - BAR_LEAST) * entry.stage.layers) / deepest,
        labelEnd: index === placed.length - 1 ? right : x(placed[index + 1]!.from),
      }),
    ),
  ];
  const isEnded = policy.finalLoss !== null;
  const result = isEnded ? formatLoss(policy.finalLoss) : stateInWords(policy, analysis.state);
  const tone = isEnded
    ? isBest
      ? 'loss best'
      : 'loss'
    : policy.state === 'diverged' || policy.state === 'failed'
      ? 'loss bad'
      : 'loss open';
  const { margin } = policy;
  const isTied = margin !== null && margin.low <= 0;
  const behind = margin
    ? `${formatDifference(margin.estimate)} (${formatDifference(margin.low)} to ${formatDifference(margin.high)})`
    : isBest && isEnded
      ? 'lowest'
      : '';
  const search =
    policy.searchFlops > 0
      ? `${formatFlops(policy.searchFlops)} search, ${policy.search === 'charged' ? 'charged' : 'free'}`
      : '';
  const names = layout.isNarrow
    ? [
        titled(
          text(0, y + 13, shortName(policy.name, 34), isBest && isEnded ? 'name best' : 'name'),
          policy.name,
        ),
        text(layout.width, y + 13, result, tone, 'end'),
        text(0, y + 28, search, 'small'),
        text(layout.width, y + 28, isTied ? `${behind} tied` : behind, 'small', 'end'),
      ]
    : [
        titled(
          text(0, ground - 16, shortName(policy.name, 24), isBest && isEnded ? 'name best' : 'name'),
          policy.name,
        ),
        text(0, ground - 2, search, 'small'),
        text(right + 16, ground - 16, result, tone),
        text(right + 16, ground - 2, behind, 'small'),
        ...(isTied ? [text(layout.width, ground - 16, 'tied', 'small', 'end')] : []),
      ];
  return `<g>${[...parts, ...names].join('')}</g>`;
}

interface StageContext {
  readonly id: string;
  readonly ground: number;
  readonly x: (flops: number) => number;
  readonly barHeight: number;
  /** Right end of the room for the strategy's name. */
  readonly labelEnd: number;
}

function stageParts({ stage, searchFrom, from, done, to }: PlacedStage, context: StageContext): string {
  const { id, ground, x, barHeight, labelEnd } = context;
  const y = round(ground - barHeight);
  const h = round(barHeight);
  const box = (name: string, a: number, b: number, fill = ''): string =>
    `<rect class="${name}" x="${round(x(a))}" y="${y}" width="${round(Math.max(0.75, x(b) - x(a) - 0.75))}" height="${h}"${fill}/>`;
  const parts: string[] = [];
  if (from > searchFrom) parts.push(box('search', searchFrom, from, ` fill="url(#${id}-hatch)"`));
  if (done > from) parts.push(box('stage', from, done));
  if (to > done) parts.push(box('planned', done, to));
  const depth = String(stage.layers);
  if (x(to) - x(from) >= 7 + depth.length * 6)
    parts.push(
      text((x(from) + x(to)) / 2, ground - h / 2 + 4, depth, done > from ? 'depth' : 'small', 'middle'),
    );
  if (stage.state === 'diverged' || stage.state === 'failed') {
    const at = round(x(done));
    parts.push(`<path class="cross" d="M${at - 4} ${ground - 10}l8 8m0 -8l-8 8"/>`);
  }
  if (stage.strategy !== null) {
    const room = Math.floor((labelEnd - x(from) - 6) / LETTER);
    const labelY = ground - BAR_MOST - 7;
    parts.push(`<path class="grow" d="M${round(x(from))} ${labelY - 8}V${ground}"/>`);
    if (room >= 3) parts.push(text(x(from) + 4, labelY, shortName(stage.strategy, room), 'small'));
  }
  const words = `${depth} layers, ${formatCount(stage.steps)} of ${formatCount(stage.stepsPlanned)} steps${stage.strategy === null ? '' : `, grown by ${stage.strategy}`}`;
  return titled(parts.join(''), words);
}

function axis(last: number, x: (flops: number) => number, y: number, layout: Layout): string {
  const { interval } = niceRange(0, last, layout.isNarrow ? 4 : 6);
  const unit = flopsUnit(last);
  const end = layout.plotLeft + layout.plotWidth;
  const ticks: string[] = [];
  for (let place = 0; place <= last * 1.0001; place += interval) {
    const at = round(x(place));
    ticks.push(
      `<path class="axis" d="M${at} ${y}v4"/>`,
      text(
        at,
        y + 16,
        trim(place / unit.size),
        'head',
        place === 0 ? 'start' : at > end - 10 ? 'end' : 'middle',
      ),
    );
  }
  return `<path class="axis" d="M${layout.plotLeft} ${y}H${end}"/>${ticks.join('')}${text(layout.plotLeft + layout.plotWidth / 2, y + 33, `Compute spent, ${unit.name}; dashed: the budget`, 'head', 'middle')}`;
}

const titled = (inner: string, title: string): string => `<g><title>${escapeHtml(title)}</title>${inner}</g>`;

function text(
  x: number,
  y: number,
  words: string,
  name: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  if (words === '') return '';
  const at = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text class="${name}" x="${round(x)}" y="${round(y)}"${at}>${escapeHtml(words)}</text>`;
}

const round = (value: number): number => Math.round(value * 100) / 100;
