/** Where everything of the lattice is, in pixels: source layers as rows from the bottom, target layers as columns. */
export interface LatticeGeometry {
  readonly sourceLayers: number;
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  /** Distance of column centres. */
  readonly pitch: number;
  readonly rowPitch: number;
  readonly cellWidth: number;
  readonly markWidth: number;
  readonly markHeight: number;
  /** Top of the target cells. */
  readonly cellTop: number;
  /** End of the wires, and where the head is written. */
  readonly right: number;
}

/** Left of the source boxes, their width, the trunk, and the left edge of the first column. */
export const SOURCE_LEFT = 8;
export const SOURCE_WIDTH = 86;
export const TRUNK = 106;
export const COLUMNS_LEFT = 132;
/** Room for `head` after the last column. */
const RIGHT_MARGIN = 58;
const TOP = 53;
export const CELL_HEIGHT = 38;
const CELL_GAP = 31;
const BOTTOM = 8;
/** Narrowest column and lowest row: a target of 24 px and a gap. */
const MIN_PITCH = 28;
const MAX_PITCH = 200;
const MIN_ROW = 26;
const MAX_ROW = 92;

/** @param room pixels there are; more columns or rows than fit make it larger, and it scrolls */
export function latticeGeometry(
  sourceLayers: number,
  columns: number,
  room: { readonly width: number; readonly height: number },
): LatticeGeometry {
  const shown = Math.max(1, columns);
  const pitch = clamp(Math.floor((room.width - COLUMNS_LEFT - RIGHT_MARGIN) / shown), MIN_PITCH, MAX_PITCH);
  const rows = Math.max(1, sourceLayers);
  const free = room.height - TOP - CELL_GAP - CELL_HEIGHT - BOTTOM;
  const rowPitch = rows === 1 ? MIN_ROW : clamp(Math.floor(free / (rows - 1)), MIN_ROW, MAX_ROW);
  const cellTop = TOP + (rows - 1) * rowPitch + CELL_GAP;
  const right = COLUMNS_LEFT + shown * pitch;
  return {
    sourceLayers,
    columns,
    width: Math.max(room.width, right + RIGHT_MARGIN),
    height: cellTop + CELL_HEIGHT + BOTTOM,
    pitch,
    rowPitch,
    cellWidth: pitch - (pitch < 56 ? 2 : 8),
    markWidth: Math.min(40, pitch - 4),
    markHeight: Math.min(28, rowPitch - 2),
    cellTop,
    right,
  };
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/** Centre of a column. */
export const xOf = ({ pitch }: LatticeGeometry, column: number): number =>
  COLUMNS_LEFT + (column + 0.5) * pitch;

/** Centre of a row; source layer 0 is the lowest. */
export const yOf = ({ sourceLayers, rowPitch }: LatticeGeometry, source: number): number =>
  TOP + (Math.max(1, sourceLayers) - 1 - source) * rowPitch;

/** Top and bottom of the column of a layer without a source. */
export function columnSpan(geometry: LatticeGeometry): { readonly top: number; readonly bottom: number } {
  return { top: TOP - 21, bottom: geometry.cellTop - 10 };
}

/** x of the gap before column `gap`, 0 … columns. */
export const gapX = ({ pitch }: LatticeGeometry, gap: number): number => COLUMNS_LEFT + gap * pitch;

export interface LatticePoint {
  readonly x: number;
  readonly y: number;
}

/** The gap nearest to a point. */
export const gapAt = ({ pitch, columns }: LatticeGeometry, { x }: LatticePoint): number =>
  clamp(Math.round((x - COLUMNS_LEFT) / pitch), 0, columns);

/** The column under a point, null outside. */
export function columnAt({ pitch, columns }: LatticeGeometry, { x }: LatticePoint): number | null {
  const column = Math.floor((x - COLUMNS_LEFT) / pitch);
  return column >= 0 && column < columns ? column : null;
}

/** The source layer nearest to a point, null above and below the rows. */
export function sourceAt(geometry: LatticeGeometry, { y }: LatticePoint): number | null {
  const { sourceLayers, rowPitch } = geometry;
  const fromTop = Math.round((y - TOP) / rowPitch);
  const source = sourceLayers - 1 - fromTop;
  const isNear = Math.abs(y - yOf(geometry, source)) <= Math.max(14, rowPitch / 2);
  return source >= 0 && source < sourceLayers && isNear ? source : null;
}

export type LatticePart =
  /** `source`: of the mark, null for a new layer. */
  | { readonly kind: 'mark'; readonly column: number; readonly source: number | null }
  | { readonly kind: 'cell'; readonly column: number }
  | { readonly kind: 'crossing'; readonly column: number; readonly source: number }
  | { readonly kind: 'source'; readonly source: number }
  | { readonly kind: 'empty' };

/** @param sources source layers of each column, none for new layers and two for averages */
export function partAt(
  geometry: LatticeGeometry,
  point: LatticePoint,
  sources: readonly (readonly number[])[],
): LatticePart {
  const source = sourceAt(geometry, point);
  if (point.x >= SOURCE_LEFT && point.x <= SOURCE_LEFT + SOURCE_WIDTH)
    return source === null ? { kind: 'empty' } : { kind: 'source', source };
  const column = columnAt(geometry, point);
  if (column === null) return { kind: 'empty' };
  const { cellTop } = geometry;
  if (point.y >= cellTop - 4 && point.y <= cellTop + CELL_HEIGHT + 4) return { kind: 'cell', column };
  const own = sources[column] ?? [];
  const aside = Math.abs(point.x - xOf(geometry, column));
  const { top, bottom } = columnSpan(geometry);
  const isInside = aside <= Math.max(12, geometry.markWidth / 2);
  if (own.length === 0 || own.some((one) => one >= geometry.sourceLayers))
    return isInside && point.y >= top && point.y <= bottom
      ? { kind: 'mark', column, source: null }
      : { kind: 'empty' };
  if (source !== null && own.includes(source) && isInside) return { kind: 'mark', column, source };
  const isOnPoint = source !== null && aside <= 12 && Math.abs(point.y - yOf(geometry, source)) <= 12;
  return isOnPoint ? { kind: 'crossing', column, source } : { kind: 'empty' };
}

/** Columns whose marks lie in a rectangle drawn over the lattice. */
export function columnsBetween(geometry: LatticeGeometry, from: LatticePoint, to: LatticePoint): number[] {
  const [left, right] = from.x < to.x ? [from.x, to.x] : [to.x, from.x];
  return Array.from({ length: geometry.columns }, (_, column) => column).filter((column) => {
    const x = xOf(geometry, column);
    return x >= left && x <= right;
  });
}
