/** The drafts of a home folder, one file each in drafts/. One service process owns them at a time. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { EspalierError, messageOf } from '../../contract/errors.ts';
import { type Draft, type DraftLine, MOST_RECENT, MOST_VERSIONS } from '../../contract/window/drafts.ts';
import { type Home, makeHome } from '../home.ts';
import { makeFolder } from '../make-folder.ts';
import {
  applyEntry,
  canRedo,
  canUndo,
  type DraftEntry,
  type DraftState,
  EMPTY_DRAFT,
  lineOf,
  readDraftLog,
  replacementOf,
  textOf,
} from './draft-log.ts';

const FOLDER = 'drafts';
type Listener = (id: string) => void;

export class DraftStore {
  private readonly home: Home;
  private readonly states = new Map<string, DraftState>();
  private readonly listeners = new Set<Listener>();

  constructor(home: Home) {
    this.home = home;
  }

  /** Newest first. */
  list(): DraftLine[] {
    const folder = join(this.home.folder, FOLDER);
    const ids = existsSync(folder)
      ? readdirSync(folder)
          .map((name) => /^(draft-[0-9a-f]{8})\.jsonl$/.exec(name)?.[1])
          .filter((id) => id !== undefined)
      : [];
    return ids
      .filter((id) => {
        const state = this.state(id);
        return !state.isRemoved && state.version > 0;
      })
      .map((id) => this.get(id))
      .sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  }

  create(text: string): Draft {
    const id = `draft-${randomBytes(4).toString('hex')}`;
    this.states.set(id, EMPTY_DRAFT);
    return this.add(id, { edit: 'Begin', ...replacementOf('', text), at: now() });
  }

  get(id: string): Draft {
    const state = this.state(id);
    const { steps, position } = state;
    const text = textOf(state);
    return {
      id,
      name: nameIn(text),
      text,
      version: state.version,
      undoLabel: canUndo(state) ? (steps[position - 1]?.label ?? null) : null,
      redoLabel: steps[position]?.label ?? null,
      recent: steps
        .slice(1, position)
        .slice(-MOST_RECENT)
        .reverse()
        .map(({ label }) => label),
      upcoming: steps.slice(position, position + MOST_RECENT).map(({ label }) => label),
      versions: state.versions
        .slice(-MOST_VERSIONS)
        .reverse()
        .map(({ version, name, at }) => ({ version, name, at })),
      updatedAt: state.updatedAt,
    };
  }

  edit(id: string, version: number, label: string, text: string): Draft {
    const state = this.current(id, version);
    const before = textOf(state);
    if (before === text) return this.get(id);
    return this.add(id, { edit: label, ...replacementOf(before, text), at: now() });
  }

  undo(id: string, version: number): Draft {
    return canUndo(this.current(id, version)) ? this.add(id, { undo: true, at: now() }) : this.get(id);
  }

  redo(id: string, version: number): Draft {
    return canRedo(this.current(id, version)) ? this.add(id, { redo: true, at: now() }) : this.get(id);
  }

  nameVersion(id: string, version: number, name: string): Draft {
    this.current(id, version);
    return this.add(id, { named: name, at: now() });
  }

  /** @throws EspalierError `bad-input` where no version of this number has a name */
  returnTo(id: string, version: number, named: number): Draft {
    const wanted = this.current(id, version).versions.find((one) => one.version === named);
    if (!wanted)
      throw new EspalierError('bad-input', `the draft has no named version ${named}`, {
        hint: 'Recent edits lists the versions that have a name.',
        problems: [{ at: 'named', message: 'is not the number of a named version' }],
      });
    return this.edit(id, version, `return to “${wanted.name}”`, wanted.text);
  }

  remove(id: string): void {
    if (!this.state(id).isRemoved) this.add(id, { removed: true, at: now() });
  }

  restore(id: string): Draft {
    return this.state(id).isRemoved ? this.add(id, { removed: false, at: now() }) : this.get(id);
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @throws EspalierError `refused` where the caller has not seen the newest version */
  private current(id: string, version: number): DraftState {
    const state = this.state(id);
    if (state.version !== version)
      throw new EspalierError(
        'refused',
        `the draft has version ${state.version} by now; the edit was made on version ${version}`,
        { hint: 'Another window has edited it. Look at its newest text and repeat the edit.' },
      );
    return state;
  }

  private state(id: string): DraftState {
    const known = this.states.get(id);
    if (known) return known;
    const path = this.path(id);
    if (!existsSync(path))
      throw new EspalierError('bad-input', `There is no draft ${id}`, {
        hint: 'It may have been deleted with its home folder; New study begins another.',
      });
    const text = readFileSync(path, 'utf8');
    const { state, length } = readDraftLog(text);
    // What a crash cut short must not stand before the next line.
    if (length < text.length) writeFileSync(path, text.slice(0, length));
    this.states.set(id, state);
    return state;
  }

  private add(id: string, entry: DraftEntry): Draft {
    const state = applyEntry(this.states.get(id) ?? this.state(id), entry);
    try {
      makeHome(this.home);
      makeFolder(join(this.home.folder, FOLDER));
      appendFileSync(this.path(id), lineOf(entry));
    } catch (error) {
      throw new EspalierError('refused', `the draft cannot be saved: ${messageOf(error)}`, {
        hint: 'Free space or make the home folder writable; the text stays in the window meanwhile.',
        cause: error,
      });
    }
    this.states.set(id, state);
    for (const listener of [...this.listeners]) listener(id);
    return this.get(id);
  }

  private path(id: string): string {
    return join(this.home.folder, FOLDER, `${id}.jsonl`);
  }
}

const now = (): string => new Date().toISOString();

/** What a study file names itself, even where the rest of it is wrong. */
function nameIn(text: string): string | null {
  try {
    const name: unknown = parseDocument(text).get('name');
    return typeof name === 'string' && name !== '' ? name : null;
  } catch {
    return null;
  }
}
