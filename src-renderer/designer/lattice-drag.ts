/** What is dragged over the lattice, where it would be dropped, and what the drop does. Pure: pixels in, edits out. */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import {
  columnAt,
  gapAt,
  type LatticeGeometry,
  type LatticePoint,
  sourceAt,
  xOf,
} from './lattice-geometry.ts';
import {
  type LayerOperator,
  layerOf,
  nearestSource,
  sourceOf,
  sourcesOf,
  withOperator,
  withSource,
  withSources,
} from './layer-operators.ts';
import {
  changeLayers,
  copyLayers,
  type EditedPlan,
  insertLayers,
  moveLayers,
  type PlanEdit,
} from './plan-editing.ts';

export type Dragged =
  /**
   * Selected target layers, held by one of them; `isMark`: by its mark, which also slides along its column.
   * `markOf`: source layer of the mark, one of the two of an average.
   */
  | {
      readonly kind: 'layers';
      readonly grabbed: number;
      readonly isMark: boolean;
      readonly markOf?: number | null;
    }
  | { readonly kind: 'operator'; readonly operator: LayerOperator }
  | { readonly kind: 'source'; readonly source: number };

export type DropPlace =
  /** Before layer `gap`. */
  | { readonly kind: 'gap'; readonly gap: number }
  | { readonly kind: 'crossing'; readonly column: number; readonly source: number }
  | { readonly kind: 'layer'; readonly column: number }
  | { readonly kind: 'nowhere' };

const NOWHERE: DropPlace = { kind: 'nowhere' };
/** Share of a column around its middle that means the layer and not the gap beside it. */
const MIDDLE = 0.3;

/** The place under the pointer, in pixels of the lattice; beside the lattice there is none. */
export function dropPlaceAt(geometry: LatticeGeometry, point: LatticePoint, dragged: Dragged): DropPlace {
  const isOver = point.x >= 0 && point.x <= geometry.width && point.y >= 0 && point.y <= geometry.height;
  if (!isOver) return NOWHERE;
  const column = columnAt(geometry, point);
  const isMiddle = column !== null && Math.abs(point.x - xOf(geometry, column)) <= MIDDLE * geometry.pitch;
  if (dragged.kind === 'layers') {
    const source = sourceAt(geometry, point);
    if (dragged.isMark && column === dragged.grabbed && isMiddle && source !== null)
      return { kind: 'crossing', column, source };
    return { kind: 'gap', gap: gapAt(geometry, point) };
  }
  if (isMiddle && column !== null)
    return dragged.kind === 'source'
      ? { kind: 'crossing', column, source: dragged.source }
      : { kind: 'layer', column };
  return { kind: 'gap', gap: gapAt(geometry, point) };
}

/** Whether moving the selection to the gap would leave everything where it is. */
function staysPut({ selection }: EditedPlan, gap: number): boolean {
  const first = selection[0];
  const last = selection.at(-1);
  if (first === undefined || last === undefined) return true;
  const isRun = last - first === selection.length - 1;
  return isRun && gap >= first && gap <= last + 1;
}

/**
 * The edit of a drop, null where it changes nothing. `isCopy`: with Ctrl, or Option on macOS. `isAverage`: with Alt,
 * a crossing dropped on a mark joins it instead of taking its place.
 */
export function editOfDrop(
  plan: EditedPlan,
  dragged: Dragged,
  place: DropPlace,
  {
    isCopy,
    isAverage = false,
    sourceLayers,
  }: { readonly isCopy: boolean; readonly isAverage?: boolean; readonly sourceLayers: number },
): PlanEdit | null {
  if (place.kind === 'nowhere') return null;
  if (dragged.kind === 'layers') {
    if (place.kind === 'gap') {
      if (isCopy) return copyLayers(plan, place.gap);
      return staysPut(plan, place.gap) ? null : moveLayers(plan, place.gap);
    }
    if (place.kind !== 'crossing') return null;
    return isAverage
      ? averageWith(plan, place.column, place.source)
      : takeFrom(plan, place.column, place.source, dragged.markOf ?? undefined);
  }
  if (place.kind === 'crossing')
    return isAverage
      ? averageWith(plan, place.column, place.source)
      : takeFrom(plan, place.column, place.source);
  if (place.kind === 'layer')
    return dragged.kind === 'operator'
      ? setOperator({ ...plan, selection: [place.column] }, dragged.operator, sourceLayers)
      : null;
  const source =
    dragged.kind === 'source'
      ? dragged.source
      : nearestSource(plan.layers[place.gap], place.gap, sourceLayers);
  const operator = dragged.kind === 'operator' ? dragged.operator : 'copy';
  return insertLayers(plan, place.gap, [
    withOperator(layerOf('copy', source), place.gap, operator, sourceLayers),
  ]);
}

/**
 * Takes one target layer from another source layer; null where it comes from there already. Of an average only the
 * source `replaced` changes.
 */
export function takeFrom(
  plan: EditedPlan,
  column: number,
  source: number,
  replaced?: number,
): PlanEdit | null {
  const entry = plan.layers[column];
  if (!entry || (replaced ?? loneSource(entry)) === source) return null;
  return changeLayers(
    { ...plan, selection: [column] },
    (one) => withSource(one, source, replaced),
    `from source ${source}`,
  );
}

const loneSource = (entry: PlanEntry): number | null => {
  const [first = null, second] = sourcesOf(entry);
  return second === undefined ? first : null;
};

/** The pair that a layer averages once `source` has joined it; null where it has no source to average with. */
export function pairWith(entry: PlanEntry | undefined, source: number): readonly [number, number] | null {
  const own = entry ? sourceOf(entry) : null;
  return own === null || own === source ? null : [own, source];
}

/** Joins a source layer to that of a target layer; one that has none takes it, of an average the second changes. */
export function averageWith(plan: EditedPlan, column: number, source: number): PlanEdit | null {
  const entry = plan.layers[column];
  if (entry && sourceOf(entry) === null) return takeFrom(plan, column, source);
  const pair = pairWith(entry, source);
  return pair && averageLayer(plan, column, ...pair);
}

/** Makes one target layer the average of two source layers; null where it is that already, or both are one. */
export function averageLayer(
  plan: EditedPlan,
  column: number,
  first: number,
  second: number,
): PlanEdit | null {
  const entry = plan.layers[column];
  const pair = [first, second].sort((a, b) => a - b);
  if (!entry || first === second || String(sourcesOf(entry)) === String(pair)) return null;
  return changeLayers(
    { ...plan, selection: [column] },
    (one) => withSources(one, first, second),
    averageLabel(pair),
  );
}

const averageLabel = (pair: readonly number[]): string => `to average of ${pair.join(' and ')}`;

const OPERATOR_WORDS: Readonly<Record<LayerOperator, string>> = {
  copy: 'to copy',
  identity: 'to identity',
  scaled: 'to scaled copy',
  average: 'to average',
  noisy: 'to noisy copy',
  random: 'to random',
  freshIdentity: 'to random, identity',
  zero: 'to zero',
};

/** Makes every selected layer what the operator says. */
export function setOperator(plan: EditedPlan, operator: LayerOperator, sourceLayers: number): PlanEdit {
  const change = (entry: PlanEntry, index: number): PlanEntry =>
    withOperator(entry, index, operator, sourceLayers);
  const [only, ...others] = plan.selection;
  const pair =
    operator === 'average' && only !== undefined && others.length === 0 && plan.layers[only]
      ? sourcesOf(change(plan.layers[only], only))
      : [];
  return changeLayers(plan, change, pair.length === 2 ? averageLabel(pair) : OPERATOR_WORDS[operator]);
}
