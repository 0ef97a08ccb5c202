/** Which rows are selected, and from where a range goes. Immutable; places are looked up in the order of the list. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Other end of a range. */
  readonly anchor: string | null;
}

export const NOTHING_SELECTED: Selection = { ids: new Set(), anchor: null };

export function toggled({ ids }: Selection, id: string): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id };
}

export const onlySelected = (id: string): Selection => ({ ids: new Set([id]), anchor: id });

/**
 * From the anchor to the row, in the order of the list. What was selected outside stays when `isAdded`.
 * @param order all ids of the list
 */
export function rangeTo(
  selection: Selection,
  id: string,
  order: readonly string[],
  isAdded = false,
): Selection {
  const anchor = selection.anchor ?? id;
  const [a, b] = [order.indexOf(anchor), order.indexOf(id)];
  if (a < 0 || b < 0) return onlySelected(id);
  const range = order.slice(Math.min(a, b), Math.max(a, b) + 1);
  return { ids: new Set(isAdded ? [...selection.ids, ...range] : range), anchor };
}

export const allSelected = (order: readonly string[]): Selection => ({
  ids: new Set(order),
  anchor: order[0] ?? null,
});

/** Without rows that are not in the list any more. */
export function stillThere({ ids, anchor }: Selection, order: readonly string[]): Selection {
  const there = new Set(order);
  return {
    ids: new Set([...ids].filter((id) => there.has(id))),
    anchor: anchor !== null && there.has(anchor) ? anchor : null,
  };
}
