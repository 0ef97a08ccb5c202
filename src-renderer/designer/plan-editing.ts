/**
 * Editing a layer plan: every command takes the plan and its selection and gives both anew, with the label of the
 * undo step. A plan may become too long or too short on the way; the facts of the plan say so, not the commands.
 */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import { parsePlanEntries } from '../../src-main/growth/plan-shorthand.ts';

export interface EditedPlan {
  readonly layers: readonly PlanEntry[];
  /** Indices of the selected target layers, rising. */
  readonly selection: readonly number[];
}

export interface PlanEdit extends EditedPlan {
  /** What undo takes back, such as `move of 2 layers`. */
  readonly label: string;
}

const label = (deed: string, count: number): string =>
  `${deed} of ${count} ${count === 1 ? 'layer' : 'layers'}`;
const run = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

/** Whether both say the same, word for word; plans that grow the same model may still be written differently. */
export const sameEntries = (a: readonly PlanEntry[], b: readonly PlanEntry[]): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

function chosen({ layers, selection }: EditedPlan): PlanEntry[] {
  const wanted = new Set(selection);
  return layers.filter((_, index) => wanted.has(index));
}

/** Moves the selected layers, in their order, to the gap before layer `gap` of the plan as it is (0 … length). */
export function moveLayers(plan: EditedPlan, gap: number): PlanEdit {
  const wanted = new Set(plan.selection);
  const moved = chosen(plan);
  const stays = (index: number): boolean => !wanted.has(index);
  const before = plan.layers.filter((_, index) => index < gap && stays(index));
  const after = plan.layers.filter((_, index) => index >= gap && stays(index));
  return {
    layers: [...before, ...moved, ...after],
    selection: run(before.length, moved.length),
    label: label('move', moved.length),
  };
}

/** Puts layers into the gap before layer `gap` and selects them. */
export function insertLayers(
  plan: EditedPlan,
  gap: number,
  entries: readonly PlanEntry[],
  deed = 'insertion',
): PlanEdit {
  return {
    layers: [...plan.layers.slice(0, gap), ...entries, ...plan.layers.slice(gap)],
    selection: run(gap, entries.length),
    label: label(deed, entries.length),
  };
}

/** Copies the selected layers to the gap before layer `gap`. */
export function copyLayers(plan: EditedPlan, gap: number): PlanEdit {
  return insertLayers(plan, gap, chosen(plan), 'copy');
}

/** Puts a second copy of the selected layers after the last of them. */
export function duplicateLayers(plan: EditedPlan): PlanEdit {
  const last = plan.selection.at(-1);
  return insertLayers(plan, last === undefined ? plan.layers.length : last + 1, chosen(plan), 'duplication');
}

export function removeLayers(plan: EditedPlan): PlanEdit {
  const wanted = new Set(plan.selection);
  const layers = plan.layers.filter((_, index) => !wanted.has(index));
  return { layers, selection: [], label: label('removal', plan.layers.length - layers.length) };
}

/**
 * Reads text in the shorthand of plans into the gap before layer `gap`.
 * @throws EspalierError `bad-input`, naming the word that cannot be read
 */
export function pasteText(plan: EditedPlan, gap: number, text: string): PlanEdit {
  return insertLayers(plan, gap, parsePlanEntries(text), 'paste');
}

/** Changes every selected layer; `what` says to what, for the label. */
export function changeLayers(
  plan: EditedPlan,
  change: (entry: PlanEntry, index: number) => PlanEntry,
  what: string,
): PlanEdit {
  const { selection } = plan;
  const wanted = new Set(selection);
  const layers = plan.layers.map((entry, index) => (wanted.has(index) ? change(entry, index) : entry));
  const object = selection.length === 1 ? `layer ${selection[0]}` : `${selection.length} layers`;
  return { layers, selection, label: `${object} ${what}` };
}
