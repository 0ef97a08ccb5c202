/** The home view: every study and imported audit, found, sorted, labelled, compared and cleaned up. */
import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { EvidenceFilter, EvidenceReport } from '../evidence.ts';
import type { StudyState } from '../records.ts';

export const LIST_SCOPES = ['all', 'running', 'starred', 'archive', 'trash'] as const;
export type ListScope = (typeof LIST_SCOPES)[number];

export const SORT_COLUMNS = [
  'starred',
  'name',
  'createdAt',
  'updatedAt',
  'corpus',
  'depths',
  'mode',
  'state',
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
  'folder',
] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export const WORD_FILTERS = [
  'corpus',
  'mode',
  'state',
  'rule',
  'pool',
  'depths',
  'strategy',
  'chosen',
] as const;
export type WordFilter = (typeof WORD_FILTERS)[number];
export const NUMBER_FILTERS = ['rho', 'regret', 'bestFinal'] as const;
export type NumberFilter = (typeof NUMBER_FILTERS)[number];

/** Most rows of one answer, and most studies of one change. */
export const MAX_PAGE = 500;
export const MAX_IDS = 100_000;

const text = (most: number) => z.string().max(most, { error: `must have at most ${most} characters` });
const filled = (most: number) => text(most).min(1, { error: 'must not be empty' });
const id = filled(200);
const ids = z
  .array(id)
  .min(1, { error: 'must name at least one study' })
  .max(MAX_IDS, { error: `must name at most ${MAX_IDS} studies` });
const bound = z.number({ error: 'must be a number' }).nullable().default(null);

export const studyQuerySchema = z.strictObject({
  scope: z.enum(LIST_SCOPES).default('all'),
  /** Only this folder; null for all. */
  folder: text(200).nullable().default(null),
  tags: z.array(filled(60)).max(20, { error: 'at most 20 tags' }).default([]),
  /** Words, all of which must be found in names, notes, tags, strategies or settings. */
  search: text(500).default(''),
  /** One of the words of each filter must hold. */
  words: z
    .partialRecord(
      z.enum(WORD_FILTERS),
      z.array(filled(200)).min(1).max(50, { error: 'at most 50 words for one filter' }),
    )
    .default({}),
  numbers: z.partialRecord(z.enum(NUMBER_FILTERS), z.strictObject({ least: bound, most: bound })).default({}),
});
export type StudyQuery = z.output<typeof studyQuerySchema>;
export type StudyQueryInput = z.input<typeof studyQuerySchema>;

export const studySortSchema = z
  .array(z.strictObject({ by: z.enum(SORT_COLUMNS), descending: z.boolean() }))
  .max(6, { error: 'at most 6 columns can be sorted by' });
export type StudySort = z.output<typeof studySortSchema>;

/** One line of the list. NaN never appears: what is missing or was lost is null. */
export interface StudyRow {
  readonly id: string;
  readonly kind: 'study' | 'imported';
  /** As a person named it, else as the study file does. */
  readonly name: string;
  readonly givenName: string;
  readonly notes: string;
  readonly isStarred: boolean;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly isArchived: boolean;
  /** ISO 8601, UTC; null outside the trash. */
  readonly trashedAt: string | null;
  readonly mode: 'select' | 'audit' | 'stacking';
  readonly state: StudyState;
  readonly seed: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly corpus: string | null;
  /** `4→8`, or the depths of all stages. */
  readonly depths: string | null;
  readonly sourceLayers: number | null;
  readonly pool: string | null;
  /** Strategies that compete. */
  readonly poolSize: number;
  readonly rule: string | null;
  readonly lag: number | null;
  readonly chosen: string | null;
  /** Layer plan of the chosen one where it is one candidate. */
  readonly chosenPlan: string | null;
  /** Rank correlation of the decision rule with the end; audits only. */
  readonly rho: number | null;
  readonly regret: number | null;
  readonly bestFinal: number | null;
  /** FLOPs of search and the winner over training all. */
  readonly costShare: number | null;
  readonly seconds: number | null;
  /** Whether the found values belong to the present state of the study. */
  readonly isSummarised: boolean;
  /** Runs that ended and runs that are known so far; null where the study is not running. */
  readonly progress: { readonly done: number; readonly total: number } | null;
}

export interface StudyPage {
  readonly rows: readonly StudyRow[];
  readonly total: number;
  /** Strategies of all studies found, together. */
  readonly candidates: number;
}

export interface NameCount {
  readonly name: string;
  readonly count: number;
}

/** For the side list. Archive and trash are counted only there. */
export interface StudyCounts {
  readonly scopes: Readonly<Record<ListScope, number>>;
  readonly folders: readonly NameCount[];
  readonly tags: readonly NameCount[];
  /** Studies whose found values are still being computed. */
  readonly unsummarised: number;
}

/** How a candidate is drawn everywhere (report/theme.ts Look). */
export interface CandidateLook {
  readonly token: string;
  readonly dash: readonly number[];
  readonly marker: string;
}

/** One candidate of an expanded study. */
export interface ExpandedCandidate {
  readonly strategy: string;
  readonly plan: string;
  readonly sourceLayers: number;
  readonly look: CandidateLook | null;
  readonly isControl: boolean;
  readonly isChosen: boolean;
  readonly isTied: boolean;
  readonly state: string;
  readonly reason: string | null;
  readonly initialLoss: number | null;
  readonly lossAtLag: number | null;
  readonly finalLoss: number | null;
  /** Final loss minus the lowest. */
  readonly regret: number | null;
  readonly rank: number | null;
}

export interface ExpandedStudy {
  readonly id: string;
  /** What the order rests on. */
  readonly order: 'final' | 'lag' | 'pool';
  /** What a line is. */
  readonly lines: 'candidates' | 'policies';
  readonly candidates: readonly ExpandedCandidate[];
}

/** One setting in which compared studies differ; values as text, null where a study does not have it. */
export interface SettingDifference {
  readonly path: string;
  readonly values: readonly (string | null)[];
}

export interface ComparedStudy {
  readonly id: string;
  readonly name: string;
  readonly seed: number;
  readonly state: StudyState;
  readonly chosen: string | null;
  readonly ruleInWords: string | null;
  readonly rho: number | null;
  readonly regret: number | null;
  readonly bestFinal: number | null;
}

export interface ComparedStrategy {
  readonly strategy: string;
  readonly plan: string;
  readonly sourceLayers: number;
  readonly look: CandidateLook | null;
  readonly isControl: boolean;
  /** Of every study, in their order. */
  readonly ranks: readonly (number | null)[];
  readonly losses: readonly (number | null)[];
}

export interface StudyComparison {
  readonly studies: readonly ComparedStudy[];
  readonly differing: readonly SettingDifference[];
  /** Settings that are equal in all. */
  readonly equalCount: number;
  /** What ranks rest on: final losses where all have them, else losses at the lag. */
  readonly rankedBy: 'final' | 'lag';
  /** By mean rank. */
  readonly strategies: readonly ComparedStrategy[];
  /** Of the rankings of every two studies, over the strategies both have. */
  readonly agreement: readonly {
    readonly a: number;
    readonly b: number;
    readonly count: number;
    readonly spearman: number | null;
  }[];
}

export interface StorageItem {
  readonly id: string;
  readonly name: string;
  /** Bytes of checkpoints that only this study needs. */
  readonly ownBytes: number;
  readonly files: number;
  readonly isTrashed: boolean;
  readonly state: StudyState;
}

export interface StorageUse {
  readonly folder: string;
  readonly freeBytes: number;
  readonly historyBytes: number;
  readonly checkpointBytes: number;
  readonly datasetBytes: number;
  readonly reportBytes: number;
  /** Checkpoints several studies need. */
  readonly sharedBytes: number;
  /** Files nothing in the history refers to. */
  readonly orphans: { readonly files: number; readonly bytes: number };
  readonly trash: { readonly studies: number; readonly bytes: number };
  /** Largest first. */
  readonly studies: readonly StorageItem[];
}

const labels = z.strictObject({
  /** Null takes the name of the study file again. */
  customName: filled(200).nullable().optional(),
  notes: text(20_000).optional(),
  isStarred: z.boolean().optional(),
  folder: text(200).optional(),
  isArchived: z.boolean().optional(),
  isTrashed: z.boolean().optional(),
  addTags: z.array(filled(60)).max(50, { error: 'at most 50 tags' }).optional(),
  removeTags: z.array(filled(60)).max(50, { error: 'at most 50 tags' }).optional(),
});
export type StudyLabels = z.output<typeof labels>;

export const studyChangesSchema = z
  .array(z.strictObject({ ids, set: labels }))
  .min(1)
  .max(MAX_IDS, { error: `at most ${MAX_IDS} changes` });
export type StudyChanges = z.output<typeof studyChangesSchema>;

/** What a change did: how many studies, and the changes that take it back. */
export interface StudyUndo {
  readonly changed: number;
  readonly undo: StudyChanges;
}

export interface StudiesRemoved {
  readonly studies: number;
  readonly checkpointFiles: number;
  readonly freedBytes: number;
}

const query = studyQuerySchema.prefault({});

export const studiesContract = {
  /** A page of the list. Missing values sort last, whichever way. */
  list: oc
    .input(
      z.strictObject({
        query,
        sort: studySortSchema.default([]),
        offset: z.int().min(0, { error: 'must be 0 or more' }).default(0),
        limit: z
          .int()
          .min(1, { error: 'must be 1 or more' })
          .max(MAX_PAGE, { error: `must be at most ${MAX_PAGE}` })
          .default(100),
      }),
    )
    .output(type<StudyPage>()),
  /** All ids in the order of the list, to select everything. */
  ids: oc
    .input(z.strictObject({ query, sort: studySortSchema.default([]) }))
    .output(type<readonly string[]>()),
  rows: oc.input(z.strictObject({ ids: ids.max(MAX_PAGE) })).output(type<readonly StudyRow[]>()),
  counts: oc.output(type<StudyCounts>()),
  /** Values of one filter with the number of studies, under all other filters. */
  facet: oc
    .input(z.strictObject({ query, filter: z.enum(WORD_FILTERS) }))
    .output(type<readonly NameCount[]>()),
  expand: oc.input(z.strictObject({ id })).output(type<ExpandedStudy>()),
  /** Everything in one transaction: all or nothing. */
  update: oc.input(z.strictObject({ changes: studyChangesSchema })).output(type<StudyUndo>()),
  /** Into the trash. A study that is running is refused. */
  remove: oc.input(z.strictObject({ ids })).output(type<StudyUndo>()),
  restore: oc.input(z.strictObject({ ids })).output(type<StudyUndo>()),
  /** For good, with the checkpoints that nothing else needs. */
  emptyTrash: oc.output(type<StudiesRemoved>()),
  storage: oc.output(type<StorageUse>()),
  /** Deletes checkpoint files that nothing in the history refers to. */
  removeOrphans: oc.output(type<StudiesRemoved>()),
  compare: oc
    .input(
      z.strictObject({
        ids: z
          .array(id)
          .min(2, { error: 'must name at least two studies' })
          .max(12, { error: 'at most 12 studies can be compared' }),
      }),
    )
    .output(type<StudyComparison>()),
  /** The study file it was started with, as text. */
  file: oc.input(z.strictObject({ id })).output(type<{ readonly text: string }>()),
  /** The study file as text, to edit and run as another study. */
  duplicate: oc
    .input(z.strictObject({ id }))
    .output(type<{ readonly name: string; readonly text: string }>()),
  evidence: oc
    .input(
      z.strictObject({
        corpus: filled(200).optional(),
        sourceLayers: z.int().min(0).optional(),
        targetLayers: z.int().min(1).optional(),
        metric: filled(200).optional(),
      }),
    )
    .output(type<EvidenceAnswer>()),
  /** Ids of studies that changed, as often as anything did; an empty list when it may be any of them. */
  watch: oc.output(eventIterator(type<readonly string[]>())),
};

/** The evidence, or why there is none. */
export type EvidenceAnswer =
  | { readonly report: EvidenceReport; readonly sentences: readonly string[] }
  | { readonly none: string; readonly hint: string | null };
export type { EvidenceFilter };
