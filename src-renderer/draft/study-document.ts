/** The study file that the Designer and Setup edit: its text, what it says, and labelled edits with undo. */
import type { InjectionKey, Ref } from 'vue';
import type { Document } from 'yaml';
import type { ErrorProblem } from '../../src-main/contract/errors.ts';
import type { AnyStudySpec } from '../../src-main/contract/study-text.ts';
import type { DraftVersion } from '../../src-main/contract/window/drafts.ts';
import type { RecentEdit } from './recent-edits.ts';

export interface StudyDocument {
  /** A study that has started keeps the file it was started with. */
  readonly isReadOnly: boolean;
  readonly text: Readonly<Ref<string>>;
  /** Null while the text is not a valid study file. */
  readonly spec: Readonly<Ref<AnyStudySpec | null>>;
  /** With the line of each, in the form `study: field`. */
  readonly problems: Readonly<Ref<readonly ErrorProblem[]>>;
  /**
   * One undo step; comments and order of the text survive.
   * @param label verb and object: "move of 2 layers" (shown as "Undo move of 2 layers")
   * @param merge edits with the same key that follow each other quickly become one step
   */
  edit(label: string, change: (document: Document) => void, merge?: string): void;
  /** As `edit`, but the text follows after the next paint, for views that show the edit by themselves at once. */
  editLate(label: string, change: (document: Document) => void, merge?: string): void;
  /** Carries out what waits. Every other call here does it first; ask for it before what an edit needs is read. */
  settle(): void;
  setText(label: string, text: string, merge?: string): void;
  undo(): void;
  redo(): void;
  readonly undoLabel: Readonly<Ref<string | null>>;
  readonly redoLabel: Readonly<Ref<string | null>>;
  /** Oldest first; kept over restarts. */
  readonly recent: Readonly<Ref<readonly RecentEdit[]>>;
  /** Undoes or redoes as many steps as an edit of `recent` says. */
  go(by: number): void;
  /** Named by the person, newest first. */
  readonly versions: Readonly<Ref<readonly DraftVersion[]>>;
  /** Makes the text that of a named version, as one edit. */
  returnTo(version: number): void;
}

/** Given to the views of a study by its frame. */
export const STUDY_DOCUMENT: InjectionKey<StudyDocument> = Symbol('study document');
