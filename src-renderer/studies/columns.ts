/** Columns of the list: what they show, how wide they are, which are there at first. */
import type { SortColumn, StudyRow } from '../../src-main/contract/window/studies.ts';
import {
  formatCorrelation,
  formatCount,
  formatDuration,
  formatLoss,
  formatShare,
} from '../../src-main/report/number-format.ts';
import { COLUMN_WORDS, MODE_WORDS } from '../words/studies.ts';

export const COLUMN_IDS = [
  'corpus',
  'depths',
  'mode',
  'seed',
  'pool',
  'poolSize',
  'rule',
  'chosen',
  'rho',
  'regret',
  'bestFinal',
  'costShare',
  'seconds',
  'tags',
  'folder',
  'createdAt',
  'updatedAt',
  'state',
] as const;
export type ColumnId = (typeof COLUMN_IDS)[number];

export interface Column {
  readonly id: ColumnId;
  readonly title: string;
  /** Null where it cannot be sorted by. */
  readonly sort: SortColumn | null;
  readonly isNumber: boolean;
  /** CSS width of the track. */
  readonly width: string;
  /** Text of a cell; null for cells that are drawn (choice, tags, state). */
  readonly text: ((row: StudyRow) => string) | null;
}

const column = (
  id: ColumnId,
  width: string,
  text: Column['text'],
  more: { readonly isNumber?: boolean; readonly sort?: SortColumn | null } = {},
): Column => ({
  id,
  title: COLUMN_WORDS[id],
  sort: more.sort === undefined ? (id as SortColumn) : more.sort,
  isNumber: more.isNumber ?? false,
  width,
  text,
});

const orDash = (text: string | null): string => (text === null || text === '' ? '–' : text);

/** All columns in the order they stand in. */
export const COLUMNS: readonly Column[] = [
  column('corpus', '160px', ({ corpus }) => orDash(corpus)),
  column('depths', '84px', ({ depths }) => orDash(depths)),
  column('mode', '72px', ({ mode, kind }) => (kind === 'imported' ? MODE_WORDS.imported : MODE_WORDS[mode])),
  column('seed', '60px', ({ seed }) => String(seed), { isNumber: true }),
  column('pool', '100px', ({ pool }) => orDash(pool)),
  column('poolSize', '52px', ({ poolSize }) => formatCount(poolSize), { isNumber: true }),
  column('rule', '108px', ({ rule, lag }) =>
    rule === null ? '–' : lag === null ? rule : `${rule} ${formatCount(lag)}`,
  ),
  column('chosen', 'minmax(150px, 0.8fr)', null),
  column('rho', '54px', ({ rho }) => formatCorrelation(rho), { isNumber: true }),
  column('regret', '66px', ({ regret }) => formatLoss(regret, 3), { isNumber: true }),
  column('bestFinal', '76px', ({ bestFinal }) => formatLoss(bestFinal), { isNumber: true }),
  column('costShare', '60px', ({ costShare }) => (costShare === null ? '–' : formatShare(costShare)), {
    isNumber: true,
  }),
  column('seconds', '96px', ({ seconds }) => (seconds === null ? '–' : formatDuration(seconds)), {
    isNumber: true,
  }),
  column('tags', 'minmax(100px, 0.6fr)', null, { sort: null }),
  column('folder', '110px', ({ folder }) => orDash(folder)),
  column('createdAt', '116px', ({ createdAt }) => shortTime(createdAt)),
  column('updatedAt', '116px', ({ updatedAt }) => shortTime(updatedAt)),
  column('state', '96px', null),
];

export const FIRST_COLUMNS: readonly ColumnId[] = [
  'poolSize',
  'rule',
  'chosen',
  'rho',
  'regret',
  'bestFinal',
  'tags',
  'state',
];

/** Tracks before the columns: checkbox, name; and after them: menu. */
const NAME_TRACKS = '36px minmax(200px, 1.2fr)';

export const visibleColumns = (shown: readonly ColumnId[]): Column[] =>
  COLUMNS.filter(({ id }) => shown.includes(id));

/** Value of `grid-template-columns`. */
export const gridTracks = (columns: readonly Column[]): string =>
  [NAME_TRACKS, ...columns.map(({ width }) => width), '32px'].join(' ');

/** Narrowest width at which nothing is cut, in pixels. */
export function leastWidth(columns: readonly Column[]): number {
  const pixels = (width: string): number => Number(/(\d+)px/.exec(width)?.[1] ?? 0);
  return 36 + 200 + 32 + columns.reduce((sum, { width }) => sum + pixels(width), 0);
}

/** Column ids out of what was stored; the first ones where nothing of it is known. */
export function readColumns(stored: string | null): readonly ColumnId[] {
  if (stored === null) return FIRST_COLUMNS;
  const names = stored.split(',');
  return COLUMN_IDS.filter((id) => names.includes(id));
}

/** `24 Nov 02:19` in the zone of the reader. */
export function shortTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return '–';
  const day = time.toLocaleDateString('en-GB', { day: '2-digit', month: 'short' });
  return `${day} ${time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
}
