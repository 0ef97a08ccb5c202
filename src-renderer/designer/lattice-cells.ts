/**
 * The cells of the lattice that exist as elements: one for each target layer and each mark, and the crossing that
 * has the focus. The others are drawn, and become elements when the focus reaches them.
 */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import { DESIGNER_WORDS as words } from '../words/designer.ts';
import type { LatticeFocus } from './designer-state.ts';
import { CELL_HEIGHT, type LatticeGeometry, xOf, yOf } from './lattice-geometry.ts';
import { sourcesOf } from './layer-operators.ts';
import { layerInWords } from './layer-words.ts';

export interface LatticeCell {
  readonly column: number;
  readonly name: string;
  readonly isFocus: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LatticeRow {
  /** Source layer, -1 for the target cells. */
  readonly source: number;
  /** From 1 at the top. */
  readonly index: number;
  readonly name: string;
  readonly cells: readonly LatticeCell[];
}

/** @param wanted target layers that the study asks for */
export function latticeCells(
  geometry: LatticeGeometry,
  layers: readonly PlanEntry[],
  focus: LatticeFocus,
  wanted: number,
): LatticeRow[] {
  const { sourceLayers, markWidth, markHeight, cellWidth, cellTop } = geometry;
  const column = Math.max(0, Math.min(focus.column, layers.length - 1));
  const row = Math.max(-1, Math.min(focus.row, sourceLayers - 1));
  const sources = layers.map(sourcesOf);
  const names = layers.map((entry, at) => words.cell(at, layerInWords(entry), at >= wanted));
  const rows: LatticeRow[] = Array.from({ length: sourceLayers }, (_, fromTop) => {
    const source = sourceLayers - 1 - fromTop;
    const y = yOf(geometry, source) - markHeight / 2;
    const marks = [...layers.keys()].filter((at) => sources[at]!.includes(source));
    const hasFocus = row === source;
    const columns = hasFocus && !marks.includes(column) ? [...marks, column].sort((a, b) => a - b) : marks;
    const cells = columns.map(
      (at): LatticeCell => ({
        column: at,
        name: marks.includes(at) ? names[at]! : words.crossing(at, source),
        isFocus: hasFocus && at === column,
        x: xOf(geometry, at) - markWidth / 2,
        y,
        width: markWidth,
        height: markHeight,
      }),
    );
    return { source, index: fromTop + 1, name: words.sourceUses(source, marks.length), cells };
  });
  const cells = layers.map((_, at) => ({
    column: at,
    name: names[at]!,
    isFocus: at === column && row === -1,
    x: xOf(geometry, at) - cellWidth / 2,
    y: cellTop,
    width: cellWidth,
    height: CELL_HEIGHT,
  }));
  return [...rows, { source: -1, index: sourceLayers + 1, name: words.targets, cells }];
}
