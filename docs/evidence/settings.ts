/** The studies behind docs/evidence.md: which files, which seeds, at which steps predictors are read. */

/** One audited setting: a corpus, an architecture and a growth. */
export interface Setting {
  /** Name of the study file in resources/studies/paper/, and of the setting in tables. */
  readonly key: string;
  readonly title: string;
  /** Name of the study in its file; recorded audits carry it. */
  readonly study: string;
}

export const AUDITS: readonly Setting[] = [
  { key: 'moby-4-8', title: 'novel, ReLU, 4 → 8', study: 'moby-dick, ReLU, 4 to 8' },
  { key: 'sotu-4-8', title: 'speeches, ReLU, 4 → 8', study: 'state-of-the-union, ReLU, 4 to 8' },
  { key: 'mixed-4-8', title: 'primitives, ReLU, 4 → 8', study: 'mixed primitives, ReLU, 4 to 8' },
  { key: 'moby-2-8', title: 'novel, GELU, 2 → 8', study: 'moby-dick, GELU, 2 to 8' },
];

export const STACKINGS: readonly Setting[] = [
  { key: 'stacking-moby', title: 'novel, 2 → 4 → 8', study: 'stacking on moby-dick' },
  { key: 'stacking-sotu', title: 'speeches, 2 → 4 → 8', study: 'stacking on state-of-the-union' },
];

export const SEEDS: readonly number[] = [1, 2, 3, 4, 5];

/** Steps at which predictors are read; the horizon is 480. */
export const GRID: readonly number[] = [6, 12, 24, 36, 48, 72, 96, 120, 144, 192, 240];

/** Members of the pool that keep the source's function to the last bit. */
export const FUNCTION_PRESERVING: readonly string[] = ['idCopyTop', 'idCopyInter', 'idRandBottom', 'dead'];
