/** Fields of cells: planes of the loss, and similarity of layers. */
import type { LandscapeAnalysis } from '../contract/landscape.ts';
import type { Area } from './chart-layout.ts';
import { type ChartOption, chartFrame, type Graphic, lineBetween, textAt } from './chart-parts.ts';
import { type LandscapeContext, sourceLast, twoLineHeading } from './landscape-context.ts';
import type { PanelLayout } from './landscape-panels.ts';
import { columnsOf, heatPanel, panelAreas, panelsHeight } from './landscape-panels.ts';
import { formatLoss } from './number-format.ts';
import type { Palette } from './theme.ts';

const FIELD: PanelLayout = { columns: [4, 2], left: 2, right: 14, top: 40, bottom: 10 };
const fieldSide = (layout: PanelLayout, width: number): number =>
  width / columnsOf(layout, width) - layout.left - layout.right;

export const planesHeight = ({ planes }: LandscapeAnalysis, width: number): number =>
  panelsHeight(planes.length, FIELD, width, fieldSide(FIELD, width));

/** Loss above the lowest of all planes as grey; square root, so that the bottom of a valley shows. */
export function planesOption(
  analysis: LandscapeAnalysis,
  { size, palette }: LandscapeContext,
): ChartOption | null {
  const planes = sourceLast(analysis.planes);
  const all = planes.flatMap(({ losses }) => losses.flat().filter((loss) => loss !== null));
  if (all.length === 0) return null;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const areas = panelAreas(planes.length, FIELD, size);
  return {
    ...chartFrame(),
    graphic: planes.flatMap((plane, index) => {
      const area = areas[index]!;
      const { losses } = plane;
      return [
        ...twoLineHeading(area, plane, analysis, palette),
        ...heatPanel(
          area,
          // The second direction points upwards.
          losses.toReversed().map((row) =>
            row.map((loss) => ({
              share: loss === null ? null : Math.sqrt((loss - low) / Math.max(high - low, 1e-12)),
              text: '',
            })),
          ),
          palette,
        ),
        ...centreMark(area, palette),
      ];
    }),
  };
}

function centreMark(area: Area, palette: Palette): Graphic[] {
  const [x, y] = [area.left + area.width / 2, area.top + area.height / 2];
  const colour = palette('accent');
  return [
    lineBetween([x - 5, y], [x + 5, y], colour, { width: 1.5, z: 6 }),
    lineBetween([x, y - 5], [x, y + 5], colour, { width: 1.5, z: 6 }),
  ];
}

const MATRIX: PanelLayout = { columns: [2, 1], left: 24, right: 30, top: 44, bottom: 34 };

/** Largest side of a cell with a number in it, in pixels. */
const MAX_CELL = 40;

/** Cells are square: the height follows from the width and the most rows. */
export function similarityHeight({ similarity }: LandscapeAnalysis, width: number): number {
  const columns = Math.max(1, ...similarity.map(({ cka }) => cka[0]?.length ?? 1));
  const rows = Math.max(1, ...similarity.map(({ cka }) => cka.length));
  return panelsHeight(
    similarity.length,
    MATRIX,
    width,
    Math.min(MAX_CELL, fieldSide(MATRIX, width) / columns) * rows,
  );
}

/** CKA of the source's layers (rows, the output on top) and the grown model's (columns). */
export function similarityOption(
  analysis: LandscapeAnalysis,
  { size, palette }: LandscapeContext,
): ChartOption | null {
  const { similarity } = analysis;
  if (similarity.length === 0) return null;
  const areas = panelAreas(similarity.length, MATRIX, size);
  return {
    ...chartFrame(),
    graphic: similarity.flatMap((one, index) => {
      const area = areas[index]!;
      const rows = one.cka.toReversed();
      const columns = one.cka[0]?.length ?? 0;
      const side = Math.min(area.width / columns, area.height / rows.length);
      return [
        ...twoLineHeading(area, one, analysis, palette),
        ...heatPanel(
          area,
          rows.map((row) =>
            row.map((value) => ({
              // Squared: what matters lies between 0.8 and 1.
              share: value === null ? null : Math.min(1, Math.max(0, value)) ** 2,
              text: value === null ? '' : value.toFixed(2).replace(/^0/, ''),
            })),
          ),
          palette,
        ),
        ...rows.map((_, row) =>
          textAt(
            area.left - 6,
            area.top + (row + 0.5) * side,
            String(rows.length - 1 - row),
            palette('text-2'),
            {
              align: 'right',
            },
          ),
        ),
        ...Array.from({ length: columns }, (_, column) =>
          textAt(
            area.left + (column + 0.5) * side,
            area.top + rows.length * side + 10,
            String(column),
            palette('text-2'),
            {
              align: 'center',
            },
          ),
        ),
      ];
    }),
  };
}

/** Lowest and highest loss of all planes, for the caption. */
export function planeRange({ planes }: LandscapeAnalysis): string {
  const all = planes.flatMap(({ losses }) => losses.flat().filter((loss) => loss !== null));
  return all.length === 0 ? '' : `${formatLoss(Math.min(...all), 2)} to ${formatLoss(Math.max(...all), 2)}`;
}
