/** Rows of a long list by place, of which only the pages that were looked at are there. Immutable. */
import type { StudyRow } from '../../src-main/contract/window/studies.ts';

export const PAGE_ROWS = 100;

export interface RowPages {
  readonly total: number;
  /** By page number; a page of a list that changed since is kept until its new rows are there. */
  readonly pages: ReadonlyMap<number, readonly StudyRow[]>;
  readonly stale: ReadonlySet<number>;
}

export const NO_ROWS: RowPages = { total: 0, pages: new Map(), stale: new Set() };

export const rowAt = ({ pages }: RowPages, index: number): StudyRow | null =>
  pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS] ?? null;

/** Page numbers that rows `from` to `to` (inclusive) need and that are missing or out of date. */
export function pagesToFetch(rows: RowPages, from: number, to: number): number[] {
  const last = Math.max(0, Math.ceil(rows.total / PAGE_ROWS) - 1);
  const wanted: number[] = [];
  for (
    let page = Math.max(0, Math.floor(from / PAGE_ROWS));
    page <= Math.min(last, Math.floor(to / PAGE_ROWS));
    page++
  )
    if (!rows.pages.has(page) || rows.stale.has(page)) wanted.push(page);
  return wanted;
}

export function withPage(
  rows: RowPages,
  page: number,
  found: { readonly rows: readonly StudyRow[]; readonly total: number },
): RowPages {
  const last = Math.ceil(found.total / PAGE_ROWS) - 1;
  const pages = new Map([...rows.pages].filter(([number]) => number <= last));
  pages.set(page, found.rows);
  const stale = new Set(rows.stale);
  stale.delete(page);
  return { total: found.total, pages, stale };
}

/** Everything is to be fetched again, and stays on the screen until then. */
export const outdated = (rows: RowPages): RowPages => ({ ...rows, stale: new Set(rows.pages.keys()) });

/** Rows that changed where they are; others stay. */
export function withRows(rows: RowPages, changed: readonly StudyRow[]): RowPages {
  const byId = new Map(changed.map((row) => [row.id, row]));
  return {
    ...rows,
    pages: new Map(
      [...rows.pages].map(([page, list]) => [
        page,
        list.some(({ id }) => byId.has(id)) ? list.map((row) => byId.get(row.id) ?? row) : list,
      ]),
    ),
  };
}

/** Place of a row that is there; -1 otherwise. */
export function indexOfRow({ pages }: RowPages, id: string): number {
  for (const [page, list] of pages) {
    const place = list.findIndex((row) => row.id === id);
    if (place >= 0) return page * PAGE_ROWS + place;
  }
  return -1;
}
