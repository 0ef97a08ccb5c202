/** The landscape part of the HTML report: charts, each with its numbers as a table, and what to make of them. */
import type { LandscapeAnalysis } from '../contract/landscape.ts';
import type { ChartSize } from './chart-layout.ts';
import type { ChartOption } from './chart-parts.ts';
import { figureHtml, keyHtml, paragraph, sectionHtml, tableHtml } from './html-parts.ts';
import {
  barriersHeight,
  barriersOption,
  exitsHeight,
  exitsOption,
  slicesHeight,
  slicesOption,
} from './landscape-charts.ts';
import type { LandscapeContext } from './landscape-context.ts';
import { SOURCE_LOOK } from './landscape-context.ts';
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
  gradientTable,
  modelsOf,
  modelTable,
  nameOfModel,
  placeInWords,
  similarityTables,
} from './landscape-tables.ts';
import { escapeHtml } from './markup.ts';
import { formatCount, formatDifference, formatDuration, formatFlops, formatLoss } from './number-format.ts';
import { cssPalette, type Look } from './theme.ts';

type Looks = ReadonlyMap<string, Look>;

/** Chart widths of figureHtml, for heights that follow from the width. */
const WIDE = 768;
const NARROW = 352;

export function landscapeSection(analysis: LandscapeAnalysis, looks: Looks): string {
  return sectionHtml(
    'landscape',
    'Loss landscape',
    [
      paragraph(introduction(analysis)),
      legend(analysis, looks),
      ...figures(analysis, looks),
      modelsPart(analysis),
      ...analysis.missing.map(({ subject, reason }) =>
        paragraph(`${subject} could not be looked at: ${reason}`, 'note'),
      ),
      paragraph(
        `Measured on fixed validation batches with ${formatFlops(analysis.flops)} in ${formatDuration(analysis.seconds)}; charged to no candidate. Intervals (95 %) are over these batches: they tell of the text, not of other seeds.`,
        'note',
      ),
    ].join('\n'),
  );
}

function introduction(analysis: LandscapeAnalysis): string {
  const names = [
    ...new Set(modelsOf(analysis).flatMap(({ strategy }) => (strategy === null ? [] : [strategy]))),
  ];
  const where = analysis.lag > 0 ? ` and at the lag, k = ${formatCount(analysis.lag)}` : '';
  return `How the loss looks around ${names.length === 1 ? 'the model' : `${names.length} models`} at the growing point${where}.`;
}

/** Strategies by look, the source beside them. */
function legend(analysis: LandscapeAnalysis, looks: Looks): string {
  const models = [...modelsOf(analysis), ...analysis.barriers.flatMap(({ from, to }) => [from, to])];
  const items = [...new Set(models.map(({ strategy }) => strategy))].map(
    (strategy) =>
      `<li>${keyHtml((strategy === null ? undefined : looks.get(strategy)) ?? SOURCE_LOOK)}<span>${escapeHtml(strategy ?? 'source')}</span></li>`,
  );
  return items.length === 0 ? '' : `<ul class="legend">${items.join('')}</ul>`;
}

interface Figure {
  readonly id: string;
  readonly heading: string;
  readonly description: string;
  readonly height: (analysis: LandscapeAnalysis, width: number) => number;
  readonly draw: (analysis: LandscapeAnalysis, context: LandscapeContext) => ChartOption | null;
  readonly tables: readonly LandscapeTable[];
}

function figures(analysis: LandscapeAnalysis, looks: Looks): string[] {
  const draw =
    (option: Figure['draw']) =>
    (size: ChartSize): ChartOption | null =>
      option(analysis, { size, palette: cssPalette, looks });
  return figuresOf(analysis).map(
    ({ id, heading, description, height, draw: option, tables }) =>
      `<h3>${escapeHtml(heading)}</h3>${figureHtml({
        id: `landscape-${id}`,
        title: heading,
        description,
        wideHeight: Math.round(height(analysis, WIDE)),
        narrowHeight: Math.round(height(analysis, NARROW)),
        draw: draw(option),
        tableHtml: tables.map(toHtml).join(''),
      })}`,
  );
}

function figuresOf(analysis: LandscapeAnalysis): Figure[] {
  const all: (Figure & { readonly isThere: boolean })[] = [
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

/** Numbers that are better read than seen. */
function modelsPart(analysis: LandscapeAnalysis): string {
  if (analysis.sharpness.length + analysis.gradients.length === 0) return '';
  const differences = analysis.sharpness.find(({ method }) => method === 'differences');
  const method = differences
    ? `Hessian-vector products were computed by differences of gradients, because exact ones were not possible: ${differences.reason ?? ''}`
    : 'Hessian-vector products are exact (the gradient of the gradient along a vector).';
  return [
    '<h3>Curvature and gradient noise</h3>',
    toHtml(modelTable(analysis)),
    paragraph(
      `λ max is the largest eigenvalue of the Hessian by Lanczos iterations, λ min the smallest found on the way. ${analysis.sharpness.length > 0 ? method : ''} The second derivative of relu counts as zero. The noise scale is in sequences: about the batch size beyond which averaging more of them stops paying (McCandlish et al. 2018). |G| is the norm of the gradient with its noise taken out. A layer helps when skipping it surely raises the loss.`,
      'note',
    ),
    ...(analysis.gradients.length > 0
      ? [
          `<details><summary>Table: gradient norms by part</summary>${toHtml(gradientTable(analysis))}</details>`,
        ]
      : []),
  ].join('');
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

function toHtml({ title, header, rows, textColumns }: LandscapeTable): string {
  return tableHtml(
    title,
    header.map((text, index) => ({ header: text, isNumber: index >= textColumns })),
    rows.map((cells) => ({ html: cells.map(escapeHtml) })),
  );
}
