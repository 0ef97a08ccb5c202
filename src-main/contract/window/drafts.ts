/**
 * Drafts: studies being designed. A draft is the YAML text of a study file with every edit it has seen, so that undo
 * and redo go on after a restart. Nothing is checked on writing: a draft may be wrong while it is being written.
 */
import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';

/** Edits of a draft that are listed each way. */
export const MOST_RECENT = 20;

/** Named versions of a draft that are listed, the newest. */
export const MOST_VERSIONS = 50;

export interface DraftVersion {
  /** The version that the draft had when it was named. */
  readonly version: number;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface Draft {
  readonly id: string;
  /** What the text names itself, or null. */
  readonly name: string | null;
  readonly text: string;
  /** Grows by one with every edit, undo and redo, of any window. */
  readonly version: number;
  /** What undo would take back; null at the beginning. */
  readonly undoLabel: string | null;
  readonly redoLabel: string | null;
  /** Labels of the edits that undo can take back, newest first, at most `MOST_RECENT`. */
  readonly recent: readonly string[];
  /** Labels of the edits that redo would bring back, next first, at most `MOST_RECENT`. */
  readonly upcoming: readonly string[];
  /** What a person has named, newest first, at most `MOST_VERSIONS`. */
  readonly versions: readonly DraftVersion[];
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
}

export type DraftLine = Pick<Draft, 'id' | 'name' | 'updatedAt' | 'version'>;

const id = z
  .string()
  .regex(/^draft-[0-9a-f]{8}$/, { error: 'must be the id of a draft: draft- and 8 hex digits' });
const version = z.int().min(0, { error: 'must be 0 or more' });
const text = z.string().max(200_000, { error: 'a study file has at most 200000 characters' });
const label = z
  .string()
  .min(1, { error: 'must say what the edit did' })
  .max(200, { error: 'must have at most 200 characters' });

const versionName = z
  .string()
  .trim()
  .min(1, { error: 'must not be empty' })
  .max(80, { error: 'must have at most 80 characters' });

export const draftsContract = {
  /** Newest first; removed ones are left out. */
  list: oc.output(type<readonly DraftLine[]>()),
  /** The whole list, then again after each change. */
  watchList: oc.output(eventIterator(type<readonly DraftLine[]>())),
  create: oc.input(z.strictObject({ text })).output(type<Draft>()),
  get: oc.input(z.strictObject({ id })).output(type<Draft>()),
  /** The draft, then again after each change by any window. */
  watch: oc.input(z.strictObject({ id })).output(eventIterator(type<Draft>())),
  /** Refused where the draft has another version by now: the caller has not seen all edits. */
  edit: oc.input(z.strictObject({ id, version, label, text })).output(type<Draft>()),
  undo: oc.input(z.strictObject({ id, version })).output(type<Draft>()),
  redo: oc.input(z.strictObject({ id, version })).output(type<Draft>()),
  /** Names the text of the version; one that has a name gets the new one. */
  nameVersion: oc.input(z.strictObject({ id, version, name: versionName })).output(type<Draft>()),
  /** Makes the text that of a named version, as one edit that undo takes back. */
  returnTo: oc.input(z.strictObject({ id, version, named: version })).output(type<Draft>()),
  /** Takes the draft off the list; restore brings it back, with its edits. */
  remove: oc.input(z.strictObject({ id })).output(type<void>()),
  restore: oc.input(z.strictObject({ id })).output(type<Draft>()),
};
