/** The landscape of a study as tables of text, for the command line, Markdown and the tables beside charts. */
import type {
  BatchEstimate,
  LandscapeAnalysis,
  LandscapeModel,
  LandscapePlace,
  LayerLoss,
} from '../contract/landscape.ts';
import { csvCell } from './markup.ts';
import { formatCorrelation, formatCount, formatDifference, formatLoss } from './number-format.ts';

export interface LandscapeTable {
  readonly title: string;
  /** What this one is of, where several tables belong together. */
  readonly about?: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns from the left that hold text. */
  readonly textColumns: number;
}

/** `growing point`, `k = 200`, `end`. */
export function placeInWords(place: LandscapePlace, { lag, horizon }: LandscapeAnalysis): string {
  switch (place) {
    case 'source':
      return 'trained source';
    case 'start':
      return 'growing point';
    case 'lag':
      return `k = ${formatCount(lag)}`;
    case 'end':
      return `end, ${formatCount(horizon)}`;
    default:
      return place satisfies never;
  }
}

export const nameOfModel = ({ strategy }: LandscapeModel): string => strategy ?? 'source';

const MISSING = '–';

/** `1.234` with as many digits as its size asks for. */
export function formatFigure(value: number | null): string {
  if (value === null) return MISSING;
  const size = Math.abs(value);
  if (size >= 1e5 || (size < 1e-3 && size > 0)) return value.toExponential(2).replaceAll('-', '−');
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4).replace('-', '−');
}

/** `low to high`. */
export function formatBounds(estimate: BatchEstimate | null, format: (value: number) => string): string {
  if (estimate === null || estimate.low === null || estimate.high === null) return MISSING;
  return `${format(estimate.low)} to ${format(estimate.high)}`;
}

/** One line for each model: rise along slices, curvature, gradient, noise, the layer whose loss costs most and least. */
export function modelTable(analysis: LandscapeAnalysis): LandscapeTable {
  const models = modelsOf(analysis);
  return {
    title: 'Curvature, noise and depth use by model',
    header: [
      'Model',
      'At',
      'Slice rise',
      'λ max',
      'λ interval',
      'λ min',
      'Noise scale',
      'Noise interval',
      '|G|',
      'Layers that help',
    ],
    textColumns: 2,
    rows: models.map((model) => {
      const rises = analysis.slices.filter(({ subject }) => subject === model.subject);
      const sharpness = analysis.sharpness.find(({ subject }) => subject === model.subject);
      const gradients = analysis.gradients.find(({ subject }) => subject === model.subject);
      const depth = analysis.depth.find(({ subject }) => subject === model.subject);
      const squared = gradients?.squaredNorm ?? null;
      return [
        nameOfModel(model),
        placeInWords(model.place, analysis),
        rises.length === 0 ? MISSING : formatDifference(meanRise(rises.map(({ rise }) => rise)), 3),
        formatFigure(sharpness?.largest?.estimate ?? null),
        formatBounds(sharpness?.largest ?? null, formatFigure),
        formatFigure(sharpness?.smallest ?? null),
        formatFigure(gradients?.noiseScale?.estimate ?? null),
        formatBounds(gradients?.noiseScale ?? null, formatFigure),
        formatFigure(squared === null || squared < 0 ? null : Math.sqrt(squared)),
        depth ? `${depth.skip.filter(helps).length} of ${depth.skip.length}` : MISSING,
      ];
    }),
  };
}

/** Without the layer the loss is surely higher. */
const helps = ({ change }: LayerLoss): boolean => change !== null && (change.low ?? change.estimate) > 0;

function meanRise(rises: readonly (BatchEstimate | null)[]): number | null {
  if (rises.some((rise) => rise === null)) return null;
  return rises.reduce((sum, rise) => sum + rise!.estimate, 0) / rises.length;
}

export function barrierTable(analysis: LandscapeAnalysis): LandscapeTable {
  return {
    title: 'Barriers on straight lines between models, nats per token',
    header: ['From', 'To', 'Loss', 'Loss', 'Barrier', 'Barrier interval', 'Max − mean', 'Distance'],
    textColumns: 2,
    rows: analysis.barriers.map(({ from, to, losses, barrier, instability, distance }) => [
      `${nameOfModel(from)}, ${placeInWords(from.place, analysis)}`,
      `${nameOfModel(to)}, ${placeInWords(to.place, analysis)}`,
      formatLoss(losses[0] ?? null),
      formatLoss(losses.at(-1) ?? null),
      formatLoss(barrier?.estimate ?? null),
      formatBounds(barrier, (value) => formatLoss(value)),
      formatLoss(instability?.estimate ?? null),
      formatFigure(distance),
    ]),
  };
}

export function depthTable(analysis: LandscapeAnalysis): LandscapeTable {
  return {
    title: 'Change of the loss by layer, nats per token',
    header: [
      'Model',
      'At',
      'Layer',
      'Skipped',
      'Skip interval',
      'Swapped with next',
      'Swap interval',
      'Exit before it',
    ],
    textColumns: 2,
    rows: analysis.depth.flatMap((depth) =>
      depth.skip.map((skipped, layer) => {
        const swapped = depth.swap[layer]?.change ?? null;
        return [
          nameOfModel(depth),
          placeInWords(depth.place, analysis),
          String(layer),
          formatDifference(skipped.change?.estimate ?? null),
          formatBounds(skipped.change, formatDifference),
          formatDifference(swapped?.estimate ?? null),
          formatBounds(swapped, formatDifference),
          formatLoss(depth.exit[layer]?.loss ?? null),
        ];
      }),
    ),
  };
}

/** One row for each layer of the source, one column for each of the grown model; 0 is the embedding. */
export function similarityTables(analysis: LandscapeAnalysis): LandscapeTable[] {
  return analysis.similarity.map((one) => ({
    about: `${nameOfModel(one)}, ${placeInWords(one.place, analysis)}`,
    title: `Linear CKA of the source (rows) and ${nameOfModel(one)}, ${placeInWords(one.place, analysis)} (columns), by layers passed`,
    header: ['', ...(one.cka[0] ?? []).map((_, layer) => String(layer))],
    textColumns: 1,
    rows: one.cka.map((row, layer) => [String(layer), ...row.map(formatCorrelation)]),
  }));
}

export function gradientTable(analysis: LandscapeAnalysis): LandscapeTable {
  const parts = [...new Set(analysis.gradients.flatMap(({ norms }) => norms.map(({ part }) => part)))].sort(
    (a, b) => partOrder(a) - partOrder(b),
  );
  return {
    title: 'Norm of the mean gradient by part of the model',
    header: ['Model', 'At', ...parts],
    textColumns: 2,
    rows: analysis.gradients.map((one) => {
      const norms = new Map(one.norms.map(({ part, norm }) => [part, norm]));
      return [
        nameOfModel(one),
        placeInWords(one.place, analysis),
        ...parts.map((part) => formatFigure(norms.get(part) ?? null)),
      ];
    }),
  };
}

/** The embedding first, layers in order, the head last. */
function partOrder(part: string): number {
  const layer = /^layer (\d+)$/.exec(part)?.[1];
  return layer === undefined ? (part === 'embedding' ? -1 : 1e9) : Number(layer);
}

/** Every model that something was measured of, in order. */
export function modelsOf(analysis: LandscapeAnalysis): LandscapeModel[] {
  const { slices, planes, sharpness, gradients, similarity, depth } = analysis;
  const models = new Map<string, LandscapeModel>();
  for (const { subject, strategy, place } of [
    ...slices,
    ...planes,
    ...sharpness,
    ...gradients,
    ...depth,
    ...similarity,
  ])
    models.set(subject, { subject, strategy, place });
  return [...models.values()];
}

/** landscape.csv: one line for each measured number, in full precision. */
export function landscapeCsv(analysis: LandscapeAnalysis): string {
  const lines: (string | number | null)[][] = [];
  const add = (
    name: string,
    subject: string,
    item: string,
    x: number | null,
    y: number | null,
    value: number | null,
    bounds?: BatchEstimate | null,
  ): void => {
    lines.push([name, subject, item, x, y, value, bounds?.low ?? null, bounds?.high ?? null]);
  };
  for (const { subject, direction, distances, losses } of analysis.slices)
    for (const [index, distance] of distances.entries())
      add('slice', subject, `direction ${direction}`, distance, null, losses[index] ?? null);
  for (const { subject, first, second, losses } of analysis.planes)
    for (const [row, y] of second.entries())
      for (const [column, x] of first.entries())
        add('plane', subject, 'loss', x, y, losses[row]?.[column] ?? null);
  for (const { from, to, shares, losses, barrier, instability } of analysis.barriers) {
    const subject = `${from.subject} to ${to.subject}`;
    for (const [index, share] of shares.entries())
      add('path', subject, 'loss', share, null, losses[index] ?? null);
    add('path', subject, 'barrier', null, null, barrier?.estimate ?? null, barrier);
    add('path', subject, 'instability', null, null, instability?.estimate ?? null, instability);
  }
  for (const { subject, largest, smallest, residual } of analysis.sharpness) {
    add('sharpness', subject, 'largest eigenvalue', null, null, largest?.estimate ?? null, largest);
    add('sharpness', subject, 'smallest Ritz value', null, null, smallest);
    add('sharpness', subject, 'residual', null, null, residual);
  }
  for (const { subject, noiseScale, squaredNorm, variance, norms } of analysis.gradients) {
    add('gradient', subject, 'noise scale', null, null, noiseScale?.estimate ?? null, noiseScale);
    add('gradient', subject, 'squared norm', null, null, squaredNorm);
    add('gradient', subject, 'variance', null, null, variance);
    for (const { part, norm } of norms) add('gradient', subject, `norm of ${part}`, null, null, norm);
  }
  for (const { subject, cka } of analysis.similarity)
    for (const [source, row] of cka.entries())
      for (const [grown, value] of row.entries())
        add('similarity', subject, 'linear CKA', grown, source, value);
  for (const depth of analysis.depth)
    for (const item of ['skip', 'swap', 'exit'] as const)
      for (const { layer, change } of depth[item])
        add('depth', depth.subject, item, layer, null, change?.estimate ?? null, change);
  return [['analysis', 'subject', 'item', 'x', 'y', 'value', 'low', 'high'], ...lines]
    .map((row) => `${row.map(csvCell).join(',')}\r\n`)
    .join('');
}
