/**
 * What the store promises. Every method is synchronous and, alone, one transaction; a method that returns has
 * made its change durable (fsync). Records are frozen. One process writes, any number read beside it.
 *
 * Replaying is safe: recording a thing again with equal values changes nothing, with other values it is an error,
 * because the program promises that a repeated computation gives the same numbers.
 *
 * Every method throws EspalierError: `bad-input` for unknown ids and records that break a rule of the schema,
 * `refused` for writing in read mode, `failed` for a damaged file, a full disk and contradicting replays.
 */
import type { ImportedAuditRecord } from '../contract/imported-curves.ts';
import type { LandscapePartRecord } from '../contract/landscape.ts';
import type { RecordedAudit } from '../contract/recorded-audit.ts';
import type {
  CandidateRecord,
  CheckpointRecord,
  DecisionRecord,
  EvaluationRecord,
  EventRecord,
  RunRecord,
  StudyRecord,
  StudyState,
} from '../contract/records.ts';
import type {
  NameCount,
  StudyChanges,
  StudyCounts,
  StudyPage,
  StudyQuery,
  StudyRow,
  StudySort,
  StudyUndo,
  WordFilter,
} from '../contract/window/studies.ts';

export type NewStudy = Omit<StudyRecord, 'state' | 'createdAt' | 'updatedAt' | 'reason'>;
export type NewDecision = Omit<DecisionRecord, 'decidedAt'>;
export type NewLandscapePart = Omit<LandscapePartRecord, 'measuredAt'>;
export type NewEvent = Omit<EventRecord, 'sequence' | 'at'>;
export type RunChanges = Partial<
  Pick<
    RunRecord,
    | 'state'
    | 'stepsPlanned'
    | 'stepsDone'
    | 'attempts'
    | 'seconds'
    | 'flops'
    | 'device'
    | 'computeDevice'
    | 'reason'
    | 'peakMemoryBytes'
  >
>;

export interface StudyStore {
  /** Adds a study in state `planned`. */
  createStudy(study: NewStudy): StudyRecord;
  /** `reason` is set with every change of state; left out, it becomes null. */
  updateStudyState(id: string, state: StudyState, reason?: string | null): StudyRecord;
  /** The study with this id, or the only one whose id begins so. */
  getStudy(idOrPrefix: string): StudyRecord;
  /** Newest first, without those in the trash. */
  listStudies(): StudyRecord[];
  /** The newest study of this spec, or null. */
  findStudyBySpecHash(specHash: string): StudyRecord | null;
  /**
   * Removes a study with all that belongs to it. Returns the hashes of checkpoints that nothing refers to any
   * more; their files may be deleted.
   */
  removeStudy(id: string): string[];
  /** Adds all or none. */
  addCandidates(candidates: readonly CandidateRecord[]): void;
  /** By growing point, position, then repeat. */
  listCandidates(studyId: string): CandidateRecord[];
}

export interface RunStore {
  /** `sourceKey`: SHA-256 of all that determines a source run, so that other studies find and reuse it. */
  createRun(run: RunRecord, options?: { readonly sourceKey?: string }): RunRecord;
  updateRun(id: string, changes: RunChanges): RunRecord;
  getRun(id: string): RunRecord;
  /** In the order of creation. */
  listRuns(studyId: string): RunRecord[];
  /** The first finished source run with this key that still has its final checkpoint, or null. */
  findSourceRun(sourceKey: string): { readonly run: RunRecord; readonly checkpoint: CheckpointRecord } | null;
}

export interface EvaluationStore {
  /**
   * Adds all or none. For a (run, step) that is there, all values must be equal to the last bit, wall seconds
   * excepted: a resumed run computes the same losses in another time, and the first time stays.
   */
  recordEvaluations(evaluations: readonly EvaluationRecord[]): void;
  /** Forgets what was measured from `step` on, where it will be measured anew and may differ in its last digits. */
  forgetEvaluations(runId: string, step: number): void;
  /** By step. */
  listEvaluations(runId: string): EvaluationRecord[];
  /** Without the losses of batches and all else that a curve does not show; by step, only those after `afterStep`. */
  listLosses(runId: string, afterStep?: number): LossRecord[];
  /**
   * The first evaluation at or after each of some ascending steps, and the last one: some points of a long curve
   * without reading all of it. By step, each once.
   */
  sampleLosses(runId: string, steps: readonly number[]): LossRecord[];
  /** Null where the run was not evaluated at the step. */
  findEvaluation(runId: string, step: number): EvaluationRecord | null;
}

export type LossRecord = Pick<EvaluationRecord, 'step' | 'loss' | 'seconds'>;

export interface CheckpointStore {
  /** Unique by run, step and kind; the same hash may serve several runs. */
  addCheckpoint(checkpoint: CheckpointRecord): void;
  /** By step. */
  listCheckpoints(runId: string): CheckpointRecord[];
  /** The one a run goes on from: highest step, at equal steps the final one first. */
  latestCheckpoint(runId: string): CheckpointRecord | null;
  /**
   * Forgets one row. Returns its hash if nothing refers to it any more, so that the file may be deleted, else null.
   */
  deleteCheckpoint(checkpoint: Pick<CheckpointRecord, 'runId' | 'step' | 'kind'>): string | null;
  /** Hashes of all checkpoint files that must be kept. */
  referencedCheckpoints(): ReadonlySet<string>;
}

export interface JournalStore {
  /** Unique by study, policy and growing point; a decision once made never changes. */
  recordDecision(decision: NewDecision): DecisionRecord;
  /** By policy and growing point. */
  listDecisions(studyId: string): DecisionRecord[];
  addEvent(event: NewEvent): EventRecord;
  /** In the order they happened; only those after `afterSequence` where it is given. */
  listEvents(studyId: string, afterSequence?: number): EventRecord[];
}

export interface LandscapeStore {
  /**
   * Unique by study, analysis, subject, part and settings. A part that is there keeps its time and cost; its result
   * must be equal.
   */
  recordLandscapePart(part: NewLandscapePart): LandscapePartRecord;
  /** In the order they were measured. */
  listLandscapeParts(studyId: string): LandscapePartRecord[];
}

export interface ImportedAuditStore {
  /** Adds all or none. An audit whose id is there keeps its name and time; its curves must be equal. */
  addImportedAudits(
    audits: readonly { readonly audit: RecordedAudit; readonly fileName: string }[],
  ): (ImportedAuditRecord & { readonly isNew: boolean })[];
  /** Newest first, without those in the trash. */
  listImportedAudits(): ImportedAuditRecord[];
  removeImportedAudit(id: string): void;
}

/** Found values of a study, for the list; null where there is none. */
export type CatalogSummary = Pick<
  StudyRow,
  'chosen' | 'chosenPlan' | 'rho' | 'regret' | 'bestFinal' | 'costShare' | 'seconds'
>;

export interface CatalogStore {
  /** A page of the list: rows in order, and how many there are in all. */
  listCatalog(
    query: StudyQuery,
    sort: StudySort,
    page: { readonly offset: number; readonly limit: number },
  ): StudyPage;
  /** All ids in the order of the list. */
  listCatalogIds(query: StudyQuery, sort: StudySort): string[];
  /** Rows of these ids in their order; unknown ids are left out. */
  catalogRows(ids: readonly string[]): StudyRow[];
  countCatalog(): StudyCounts;
  /** Values of one filter under all others, most frequent first. */
  facetOf(query: StudyQuery, filter: WordFilter): NameCount[];
  /** All or nothing. Returns how many studies changed, and the changes that take it back. */
  changeLabels(changes: StudyChanges): StudyUndo;
  listTrash(): { readonly id: string; readonly kind: StudyRow['kind'] }[];
  /** Studies at rest whose found values are not known for their present state, newest first. */
  listUnsummarised(
    limit: number,
  ): { readonly id: string; readonly kind: StudyRow['kind']; readonly updatedAt: string }[];
  /** Without effect when the study has changed since `updatedAt`. */
  recordSummary(id: string, updatedAt: string, summary: CatalogSummary): void;
  /** Every checkpoint file once, with a study that needs it and how many do. */
  listCheckpointUse(): {
    readonly hash: string;
    readonly bytes: number;
    readonly studyId: string;
    readonly studies: number;
  }[];
}

export interface History
  extends StudyStore,
    RunStore,
    EvaluationStore,
    CheckpointStore,
    JournalStore,
    LandscapeStore,
    ImportedAuditStore,
    CatalogStore {
  /** Runs `action` as one transaction: all of its changes or, when it throws, none. May be nested. */
  transaction<Result>(action: () => Result): Result;
  /** Closes the files and gives up the writer's lock. No method may be called afterwards. */
  close(): void;
}

/** Time as ISO 8601 in UTC. */
export type Clock = () => string;
