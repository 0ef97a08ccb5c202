import { describe, expect, it, vi } from 'vitest';
import type { Draft } from '../../../src-main/contract/window/drafts.ts';
import { DraftEdits, type ShownDraft } from '../../../src-renderer/draft/draft-edits.ts';

const draftOf = (text: string, version: number, undoLabel: string | null = null): Draft => ({
  id: 'draft-00000001',
  name: null,
  text,
  version,
  undoLabel,
  redoLabel: null,
  recent: undoLabel === null ? [] : [undoLabel],
  upcoming: [],
  versions: [],
  updatedAt: '2026-01-01T00:00:00.000Z',
});

/** A service that keeps versions as the real one does. */
function makeService(text: string) {
  let draft = draftOf(text, 1);
  const calls: string[] = [];
  return {
    calls,
    now: () => draft,
    change(next: string): void {
      draft = draftOf(next, draft.version + 1, 'other window');
    },
    get: async () => draft,
    edit: async (input: { version: number; label: string; text: string }) => {
      calls.push(`${input.label}: ${input.text}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (input.version !== draft.version) throw new Error('version');
      draft = draftOf(input.text, draft.version + 1, input.label);
      return draft;
    },
    undo: async (input: { version: number }) => {
      calls.push('undo');
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (input.version !== draft.version) throw new Error('version');
      draft = draftOf(text, draft.version + 1);
      return draft;
    },
    redo: async () => draft,
    nameVersion: async ({ version, name }: { version: number; name: string }) => {
      if (version !== draft.version) throw new Error('version');
      draft = { ...draft, versions: [{ version, name, at: draft.updatedAt }] };
      return draft;
    },
    returnTo: async ({ named }: { named: number }) => {
      calls.push(`return to ${named}`);
      draft = draftOf('as named', draft.version + 1, 'return');
      return draft;
    },
  };
}

function open(service: ReturnType<typeof makeService>) {
  let shown: ShownDraft | null = null;
  const fail = vi.fn();
  const edits = new DraftEdits(
    service.now(),
    service,
    (next) => {
      shown = next;
    },
    fail,
  );
  return { edits, fail, shown: () => shown as unknown as ShownDraft };
}

describe('DraftEdits', () => {
  it('shows an edit at once and saves edits in their order', async () => {
    const service = makeService('a');
    const { edits, shown, fail } = open(service);
    edits.edit('first', 'b');
    edits.edit('second', 'c');
    expect(shown()).toMatchObject({ text: 'c', undoLabel: 'second', isSaved: false });
    await edits.flush();
    expect(service.calls).toEqual(['first: b', 'second: c']);
    expect(shown()).toMatchObject({ text: 'c', isSaved: true });
    expect(fail).not.toHaveBeenCalled();
  });

  it('makes edits with one key that follow each other one step', async () => {
    const service = makeService('a');
    const { edits } = open(service);
    for (const text of ['b', 'bc', 'bcd']) edits.edit('typing', text, 'yaml');
    await edits.flush();
    expect(service.calls).toEqual(['typing: bcd']);
  });

  it('saves what is held before it undoes', async () => {
    const service = makeService('a');
    const { edits, shown } = open(service);
    edits.edit('typing', 'b', 'yaml');
    await edits.undo();
    expect(service.calls).toEqual(['typing: b', 'undo']);
    expect(shown().text).toBe('a');
  });

  it('takes every one of some quick undo steps', async () => {
    const service = makeService('a');
    const { edits, fail } = open(service);
    edits.edit('first', 'b');
    await Promise.all([edits.undo(), edits.undo(), edits.undo()]);
    expect(service.calls).toEqual(['first: b', 'undo', 'undo', 'undo']);
    expect(fail).not.toHaveBeenCalled();
  });

  it('puts its edit after one of another window, whose text stays a step of the history', async () => {
    const service = makeService('a');
    const { edits, shown, fail } = open(service);
    service.change('theirs');
    edits.edit('mine', 'ours');
    await edits.flush();
    expect(service.calls).toEqual(['mine: ours', 'mine: ours']);
    expect(shown()).toMatchObject({ text: 'ours', version: 3 });
    expect(fail).not.toHaveBeenCalled();
  });

  it('keeps the text and says why when it cannot be saved, and saves it with the next edit', async () => {
    const service = makeService('a');
    const { edit } = service;
    service.edit = async () => {
      throw new Error('disk full');
    };
    const { edits, shown, fail } = open(service);
    edits.edit('mine', 'b');
    await edits.flush();
    expect(fail).toHaveBeenCalled();
    expect(shown()).toMatchObject({ text: 'b', isSaved: false });
    service.edit = edit;
    edits.edit('more', 'c');
    await edits.flush();
    expect(service.calls).toEqual(['mine: b', 'more: c']);
    expect(shown().isSaved).toBe(true);
  });

  it('names the version that holds what was edited last, and leaves it that version', async () => {
    const service = makeService('a');
    const { edits, shown } = open(service);
    edits.edit('typing', 'b', 'yaml');
    await edits.nameVersion('good');
    expect(shown()).toMatchObject({ text: 'b', version: 2, versions: [{ version: 2, name: 'good' }] });
    edits.take({ ...draftOf('b', 2), versions: [{ version: 2, name: 'better', at: '' }] });
    expect(shown().versions[0]?.name).toBe('better');
    edits.edit('more', 'c');
    await edits.returnTo(2);
    expect(service.calls.slice(-2)).toEqual(['more: c', 'return to 2']);
    expect(shown()).toMatchObject({ text: 'as named', version: 4, undoLabel: 'return' });
  });

  it('takes newer drafts of the stream and leaves older ones out', () => {
    const service = makeService('a');
    const { edits, shown } = open(service);
    edits.take(draftOf('newer', 5));
    edits.take(draftOf('older', 4));
    expect(shown()).toMatchObject({ text: 'newer', version: 5 });
  });
});
