/**
 * The file of a draft: one JSON line for each edit, undo, redo and name of a version, in the order they happened. An edit is kept as
 * the piece of text that it replaced, so that a thousand edits of a page stay small. Lines are only ever added; a
 * last line that a crash cut short is left out on reading.
 */
import { z } from 'zod';

const at = z.string();
const entrySchema = z.union([
  /** Cuts `cut` characters at `from` and puts `put` there. */
  z.object({ edit: z.string(), from: z.int().min(0), cut: z.int().min(0), put: z.string(), at }),
  z.object({ undo: z.literal(true), at }),
  z.object({ redo: z.literal(true), at }),
  z.object({ removed: z.boolean(), at }),
  /** Gives the text as it is now a name; the draft itself stays the same version. */
  z.object({ named: z.string(), at }),
]);

export type DraftEntry = z.infer<typeof entrySchema>;

interface Step {
  readonly label: string;
  readonly text: string;
}

interface NamedVersion {
  readonly version: number;
  readonly name: string;
  readonly text: string;
  readonly at: string;
}

export interface DraftState {
  readonly steps: readonly Step[];
  /** How many of the steps are done; 0 is the empty text before the first. */
  readonly position: number;
  readonly version: number;
  /** Oldest first; a version has one name. */
  readonly versions: readonly NamedVersion[];
  readonly isRemoved: boolean;
  readonly updatedAt: string;
}

export const EMPTY_DRAFT: DraftState = {
  steps: [],
  position: 0,
  version: 0,
  versions: [],
  isRemoved: false,
  updatedAt: '',
};

export const textOf = ({ steps, position }: DraftState): string => steps[position - 1]?.text ?? '';
/** The first step is the text the draft began with: it cannot be undone. */
export const canUndo = ({ position }: DraftState): boolean => position > 1;
export const canRedo = ({ steps, position }: DraftState): boolean => position < steps.length;

/** The smallest single replacement that makes `after` of `before`. */
export function replacementOf(
  before: string,
  after: string,
): { readonly from: number; readonly cut: number; readonly put: string } {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from++;
  let same = 0;
  while (same < shorter - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same++;
  return { from, cut: before.length - from - same, put: after.slice(from, after.length - same) };
}

/** @throws RangeError where the entry does not fit the state */
export function applyEntry(state: DraftState, entry: DraftEntry): DraftState {
  if ('named' in entry) {
    const { version } = state;
    const named = { version, name: entry.named, text: textOf(state), at: entry.at };
    return { ...state, versions: [...state.versions.filter((one) => one.version !== version), named] };
  }
  const next = { ...state, version: state.version + 1, updatedAt: entry.at };
  if ('edit' in entry) {
    const before = textOf(state);
    if (entry.from + entry.cut > before.length) throw new RangeError('an edit lies outside its text');
    const text = before.slice(0, entry.from) + entry.put + before.slice(entry.from + entry.cut);
    const steps = [...state.steps.slice(0, state.position), { label: entry.edit, text }];
    return { ...next, steps, position: steps.length };
  }
  if ('undo' in entry) {
    if (!canUndo(state)) throw new RangeError('there is nothing to undo');
    return { ...next, position: state.position - 1 };
  }
  if ('redo' in entry) {
    if (!canRedo(state)) throw new RangeError('there is nothing to redo');
    return { ...next, position: state.position + 1 };
  }
  return { ...next, isRemoved: entry.removed };
}

export const lineOf = (entry: DraftEntry): string => `${JSON.stringify(entry)}\n`;

/** What the whole lines of a file say, up to the first that cannot be read, and how many characters those have. */
export function readDraftLog(text: string): { readonly state: DraftState; readonly length: number } {
  let state = EMPTY_DRAFT;
  let length = 0;
  for (const line of text.match(/.*\n/g) ?? []) {
    try {
      state = applyEntry(state, entrySchema.parse(JSON.parse(line)));
    } catch {
      break;
    }
    length += line.length;
  }
  return { state, length };
}
