/** The figures of a landscape, for the report and the window: what each shows, how it is drawn, its numbers as tables. */
import type { LandscapeAnalysis } from '../contract/landscape.ts';
import type { ChartOption } from './chart-parts.ts';
import {
  barriersHeight,
  barriersOption,
  exitsHeight,
  exitsOption,
  slicesHeight,
  slicesOption,
} from './landscape-charts.ts';
import type { LandscapeContext } from './landscape-context.ts';
import { depthHeight, depthOption } from './landscape-depth-chart.ts';
import {
  planeRange,
  planesHeight,
  planesOption,
  similarityHeight,
  similarityOption,
} from './landscape-fields.ts';
import type { LandscapeTable } from './landscape-tables.ts';
import {
  barrierTable,
  depthTable,
  formatBounds,
  modelsOf,
  nameOfModel,
  placeInWords,
  similarityTables,
} from './landscape-tables.ts';
import { formatCount, formatDifference, formatDuration, formatFlops, formatLoss } from './number-format.ts';

export interface LandscapeFigure {
  readonly id: string;
  readonly heading: string;
  readonly description: string;
  /** Height in pixels that a width asks for. */
  readonly height: (analysis: LandscapeAnalysis, width: number) => number;
  readonly draw: (analysis: LandscapeAnalysis, context: LandscapeContext) => ChartOption | null;
  readonly tables: readonly LandscapeTable[];
}

/** Those that have something to show. */
export function figuresOf(analysis: LandscapeAnalysis): LandscapeFigure[] {
  const all: (LandscapeFigure & { readonly isThere: boolean })[] = [
    {
      id: 'slices',
      isThere: analysis.slices.length > 0,
      heading: 'Slices',
      description:
        'Rise of the loss along random directions in which every filter has the norm of the model’s own (Li et al. 2018). Biases and normalisation parameters do not move, nor do filters that are zero.',
      height: slicesHeight,
      draw: slicesOption,
      tables: [sliceTable(analysis)],
    },
    {
      id: 'planes',
      isThere: analysis.planes.length > 0,
      heading: 'Planes',
      description: `Loss on the plane of two such directions, the model in the middle (cross). Tones go with the square root of the height, from none at the lowest to full at the highest of ${planeRange(analysis)} nats, the same in all panels.`,
      height: planesHeight,
      draw: planesOption,
      tables: [planeTable(analysis)],
    },
    {
      id: 'barriers',
      isThere: analysis.barriers.length > 0,
      heading: 'Barriers',
      description:
        'Loss on the straight line between two models, minus the straight line between their losses: a barrier is what stands above zero (Entezari et al. 2022). Panels have scales of their own. Lines between strategies have the colour of the second; thick lines go to the end of training.',
      height: barriersHeight,
      draw: barriersOption,
      tables: [barrierTable(analysis)],
    },
    {
      id: 'depth',
      isThere: analysis.depth.length > 0,
      heading: 'Depth use',
      description:
        'Change of the loss in nats when a layer is skipped (bar, with its interval) and when it is swapped with the next (ring between the two). The output is on top; lengths go with the square root.',
      height: depthHeight,
      draw: depthOption,
      tables: [depthTable(analysis)],
    },
    {
      id: 'exits',
      isThere: analysis.depth.length > 0,
      heading: 'Early exits',
      description: 'Loss of the final norm and head put after fewer layers, without any training.',
      height: exitsHeight,
      draw: exitsOption,
      tables: [exitTable(analysis)],
    },
    {
      id: 'similarity',
      isThere: analysis.similarity.length > 0,
      heading: 'Similarity to the source',
      description:
        'Linear CKA of hidden states on the same tokens (Kornblith et al. 2019): source layers upwards, grown layers to the right, 0 is the embedding. 1, the full tone: equal up to rotation and scale.',
      height: similarityHeight,
      draw: similarityOption,
      tables: similarityTables(analysis),
    },
  ];
  return all.filter(({ isThere }) => isThere);
}

/** Of which models, in a sentence. */
export function landscapeIntroduction(analysis: LandscapeAnalysis): string {
  const names = [
    ...new Set(modelsOf(analysis).flatMap(({ strategy }) => (strategy === null ? [] : [strategy]))),
  ];
  const where = analysis.lag > 0 ? ` and at the lag, k = ${formatCount(analysis.lag)}` : '';
  return `How the loss looks around ${names.length === 1 ? 'the model' : `${names.length} models`} at the growing point${where}.`;
}

/** What the measurement took, and what its intervals are of. */
export const landscapeCost = ({ flops, seconds }: LandscapeAnalysis): string =>
  `Measured on fixed validation batches with ${formatFlops(flops)} in ${formatDuration(seconds)}; charged to no candidate. Intervals (95 %) are over these batches: they tell of the text, not of other seeds.`;

/** Strategies that are drawn anywhere; null for the source model. */
export function strategiesIn(analysis: LandscapeAnalysis): (string | null)[] {
  const models = [...modelsOf(analysis), ...analysis.barriers.flatMap(({ from, to }) => [from, to])];
  return [...new Set(models.map(({ strategy }) => strategy))];
}

/** How curvature and noise were measured, and what their names mean. */
export function curvatureNote({ sharpness }: LandscapeAnalysis): string {
  const differences = sharpness.find(({ method }) => method === 'differences');
  const method = differences
    ? `Hessian-vector products were computed by differences of gradients, because exact ones were not possible: ${differences.reason ?? ''}`
    : 'Hessian-vector products are exact (the gradient of the gradient along a vector).';
  return `λ max is the largest eigenvalue of the Hessian by Lanczos iterations, λ min the smallest found on the way. ${sharpness.length > 0 ? method : ''} The second derivative of relu counts as zero. The noise scale is in sequences: about the batch size beyond which averaging more of them stops paying (McCandlish et al. 2018). |G| is the norm of the gradient with its noise taken out. A layer helps when skipping it surely raises the loss.`;
}

function sliceTable(analysis: LandscapeAnalysis): LandscapeTable {
  return {
    title: 'Loss along each direction, nats per token, and its rise at the ends',
    header: ['Model', 'At', 'Direction', 'Left end', 'Centre', 'Right end', 'Rise', 'Interval'],
    textColumns: 2,
    rows: analysis.slices.map(({ direction, losses, rise, ...model }) => [
      nameOfModel(model),
      placeInWords(model.place, analysis),
      String(direction),
      formatLoss(losses[0] ?? null, 3),
      formatLoss(losses[(losses.length - 1) / 2] ?? null, 3),
      formatLoss(losses.at(-1) ?? null, 3),
      formatDifference(rise?.estimate ?? null, 3),
      formatBounds(rise, (value) => formatDifference(value, 3)),
    ]),
  };
}

function planeTable(analysis: LandscapeAnalysis): LandscapeTable {
  const known = (losses: readonly (readonly (number | null)[])[]): number[] =>
    losses.flat().filter((loss) => loss !== null);
  return {
    title: 'Loss on each plane, nats per token',
    header: ['Model', 'At', 'Centre', 'Lowest', 'Highest'],
    textColumns: 2,
    rows: analysis.planes.map(({ losses, ...model }) => {
      const centre = (losses.length - 1) / 2;
      const all = known(losses);
      return [
        nameOfModel(model),
        placeInWords(model.place, analysis),
        formatLoss(losses[centre]?.[centre] ?? null, 3),
        formatLoss(all.length > 0 ? Math.min(...all) : null, 3),
        formatLoss(all.length > 0 ? Math.max(...all) : null, 3),
      ];
    }),
  };
}

function exitTable(analysis: LandscapeAnalysis): LandscapeTable {
  const deepest = Math.max(0, ...analysis.depth.map(({ exit }) => exit.length));
  return {
    title: 'Loss by number of layers before the exit, nats per token',
    header: ['Model', 'At', ...Array.from({ length: deepest }, (_, layer) => String(layer))],
    textColumns: 2,
    rows: analysis.depth.map(({ exit, ...model }) => [
      nameOfModel(model),
      placeInWords(model.place, analysis),
      ...Array.from({ length: deepest }, (_, layer) => formatLoss(exit[layer]?.loss ?? null, 3)),
    ]),
  };
}
