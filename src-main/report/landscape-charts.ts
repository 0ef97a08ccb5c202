/** Line charts of a landscape: slices, straight lines between models, early exits. */
import type { BarrierPath, LandscapeAnalysis, LandscapePlace } from '../contract/landscape.ts';
import type { ChartOption } from './chart-parts.ts';
import { type LandscapeContext, lookOf } from './landscape-context.ts';
import type { LinePanel, PanelLayout } from './landscape-panels.ts';
import { linePanels, panelsHeight } from './landscape-panels.ts';
import { placeInWords } from './landscape-tables.ts';

const LINES: PanelLayout = { columns: [2, 1], left: 54, right: 16, top: 38, bottom: 48 };
const PLOT = 190;

/** Places that hold something; the source appears in the panels of the others, by itself only when it is alone. */
function placesIn(models: readonly { place: LandscapePlace }[]): LandscapePlace[] {
  const grown = (['start', 'lag', 'end'] as const).filter((place) =>
    models.some((model) => model.place === place),
  );
  return grown.length === 0 && models.length > 0 ? ['source'] : grown;
}

/** Whether a model is drawn in the panel of a place: those of the place, and the source for comparison. */
const isShownAt = (model: { place: LandscapePlace }, place: LandscapePlace): boolean =>
  model.place === place || model.place === 'source';

export const slicesHeight = ({ slices }: LandscapeAnalysis, width: number): number =>
  panelsHeight(placesIn(slices).length, LINES, width, PLOT);

/** Rise of the loss along every direction, one panel for each place; directions of a model share its look. */
export function slicesOption(
  analysis: LandscapeAnalysis,
  { size, palette, looks }: LandscapeContext,
): ChartOption | null {
  const { slices } = analysis;
  const span = Math.max(0, ...slices.flatMap(({ distances }) => distances));
  return linePanels(
    placesIn(slices).map(
      (place): LinePanel => ({
        heading: capital(placeInWords(place, analysis)),
        lines: slices
          .filter((slice) => isShownAt(slice, place))
          .map(({ strategy, distances, losses }) => {
            const centre = losses[(losses.length - 1) / 2] ?? null;
            const { token, dash } = lookOf(strategy, looks);
            return {
              points: distances.map(
                (distance, index) => [distance, minus(losses[index] ?? null, centre)] as const,
              ),
              token,
              dash,
              width: 1.5,
              opacity: 0.85,
            };
          }),
      }),
    ),
    {
      layout: LINES,
      size,
      palette,
      xRange: { min: -span, max: span },
      xTicks: [-span, -span / 2, 0, span / 2, span],
      xText: (place) => String(Number(place.toPrecision(3))).replace('-', '−'),
      xTitle: 'Distance, in filter norms',
      yTitle: 'Rise, nats',
    },
  );
}

/** Straight lines between models: from each growing point on, then between strategies at each place. */
export function barrierPanels(analysis: LandscapeAnalysis): { heading: string; paths: BarrierPath[] }[] {
  const along = analysis.barriers.filter(({ from, to }) => from.strategy === to.strategy);
  const across = analysis.barriers.filter(({ from, to }) => from.strategy !== to.strategy);
  return [
    { heading: 'From the growing point on', paths: along },
    ...placesIn(across.map(({ from }) => from)).map((place) => ({
      heading: `Between strategies, ${placeInWords(place, analysis)}`,
      paths: across.filter(({ from }) => from.place === place),
    })),
  ].filter(({ paths }) => paths.length > 0);
}

export const barriersHeight = (analysis: LandscapeAnalysis, width: number): number =>
  panelsHeight(barrierPanels(analysis).length, LINES, width, PLOT);

export function barriersOption(
  analysis: LandscapeAnalysis,
  { size, palette, looks }: LandscapeContext,
): ChartOption | null {
  return linePanels(
    barrierPanels(analysis).map(
      ({ heading, paths }): LinePanel => ({
        heading,
        lines: paths.map(({ from, to, shares, losses }) => {
          const [first, last] = [losses[0] ?? null, losses.at(-1) ?? null];
          const isAlong = from.strategy === to.strategy;
          const look = lookOf(isAlong ? from.strategy : to.strategy, looks);
          return {
            points: shares.map((share, index) => {
              const line = first === null || last === null ? null : (1 - share) * first + share * last;
              return [share, minus(losses[index] ?? null, line)] as const;
            }),
            token: look.token,
            dash: look.dash,
            width: to.place === 'end' ? 2.5 : 1.5,
            opacity: 0.9,
          };
        }),
      }),
    ),
    {
      layout: LINES,
      size,
      palette,
      xRange: { min: 0, max: 1 },
      xTicks: [0, 0.25, 0.5, 0.75, 1],
      xText: (place) => `${place * 100}`,
      xTitle: 'Way from the first model to the second, %',
      yTitle: 'Nats',
      ownScale: true,
    },
  );
}

export const exitsHeight = (analysis: LandscapeAnalysis, width: number): number =>
  panelsHeight(placesIn(analysis.depth).length, LINES, width, PLOT);

/** Loss of the final norm and head put after each number of layers. */
export function exitsOption(
  analysis: LandscapeAnalysis,
  { size, palette, looks }: LandscapeContext,
): ChartOption | null {
  const { depth } = analysis;
  const deepest = Math.max(1, ...depth.map(({ exit }) => exit.length - 1));
  const step = Math.ceil(deepest / 12);
  return linePanels(
    placesIn(depth).map((place) => ({
      heading: capital(placeInWords(place, analysis)),
      lines: depth
        .filter((one) => isShownAt(one, place))
        .map(({ strategy, exit }) => {
          const { token, dash } = lookOf(strategy, looks);
          return {
            points: exit.map(({ layer, loss }) => [layer, loss] as const),
            token,
            dash,
            width: 2,
            opacity: 0.9,
          };
        }),
    })),
    {
      layout: LINES,
      size,
      palette,
      xRange: { min: 0, max: deepest },
      xTicks: Array.from({ length: Math.floor(deepest / step) + 1 }, (_, index) => index * step),
      xText: String,
      xTitle: 'Layers before the exit',
      yTitle: 'Loss, nats',
    },
  );
}

/** `Growing point`; a step stays `k = 200`. */
const capital = (text: string): string =>
  text.startsWith('k =') ? text : text.charAt(0).toUpperCase() + text.slice(1);

const minus = (value: number | null, centre: number | null): number | null =>
  value === null || centre === null ? null : value - centre;
