import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_RECENT } from '../../../src-main/contract/window/drafts.ts';
import { resolveHome } from '../../../src-main/service/home.ts';
import { readDraftLog, replacementOf } from '../../../src-main/service/window/draft-log.ts';
import { DraftStore } from '../../../src-main/service/window/draft-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-drafts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): DraftStore => new DraftStore(resolveHome(folder));
const fileOf = (id: string): string => join(folder, 'drafts', `${id}.jsonl`);

describe('replacementOf', () => {
  it('makes the one text of the other, and replaces nothing of equal texts', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (before, after) => {
        const { from, cut, put } = replacementOf(before, after);
        expect(before.slice(0, from) + put + before.slice(from + cut)).toBe(after);
        if (before === after) expect([cut, put]).toEqual([0, '']);
      }),
    );
  });
});

describe('DraftStore', () => {
  it('gives the same texts and labels as a plain list of versions, through any edits and restarts', () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('edit' as const), text: fc.string({ maxLength: 30 }) }),
      fc.constantFrom({ do: 'undo' as const }, { do: 'redo' as const }, { do: 'restart' as const }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        let store = open();
        let draft = store.create('begin');
        let steps = [{ label: 'Begin', text: 'begin' }];
        let position = 1;
        actions.forEach((next, index) => {
          if (next.do === 'edit') {
            draft = store.edit(draft.id, draft.version, `edit ${index}`, next.text);
            if (next.text !== steps[position - 1]?.text) {
              steps = [...steps.slice(0, position), { label: `edit ${index}`, text: next.text }];
              position++;
            }
          } else if (next.do === 'undo') {
            draft = store.undo(draft.id, draft.version);
            position = Math.max(1, position - 1);
          } else if (next.do === 'redo') {
            draft = store.redo(draft.id, draft.version);
            position = Math.min(steps.length, position + 1);
          } else {
            store = open();
            draft = store.get(draft.id);
          }
          expect(draft.text).toBe(steps[position - 1]?.text);
          expect(draft.undoLabel).toBe(position > 1 ? steps[position - 1]?.label : null);
          expect(draft.redoLabel).toBe(steps[position]?.label ?? null);
          const labels = steps.map(({ label }) => label);
          expect(draft.recent).toEqual(labels.slice(1, position).slice(-MOST_RECENT).reverse());
          expect(draft.upcoming).toEqual(labels.slice(position, position + MOST_RECENT));
        });
      }),
      { numRuns: 30 },
    );
  });

  it('refuses an edit on a version that is not the newest, and keeps both texts', () => {
    const store = open();
    const draft = store.create('name: a\n');
    store.edit(draft.id, draft.version, 'name', 'name: b\n');
    expect(() => store.edit(draft.id, draft.version, 'name', 'name: c\n')).toThrow(
      /has version 2 by now; the edit was made on version 1/,
    );
    expect(store.get(draft.id)).toMatchObject({ text: 'name: b\n', name: 'b' });
  });

  it('leaves out a last line that a crash cut short, and goes on after it', () => {
    const store = open();
    const { id, version } = store.create('one');
    store.edit(id, version, 'second', 'two');
    const whole = readFileSync(fileOf(id), 'utf8');
    appendFileSync(fileOf(id), '{"edit":"third","from":0,"cu');
    const later = open();
    expect(later.get(id)).toMatchObject({ text: 'two', version: 2 });
    expect(later.edit(id, 2, 'fourth', 'four').text).toBe('four');
    expect(readFileSync(fileOf(id), 'utf8').startsWith(whole)).toBe(true);
    expect(open().get(id)).toMatchObject({ text: 'four', undoLabel: 'fourth' });
  });

  it('lists the newest first, without removed ones, and brings those back with their edits', () => {
    const store = open();
    const first = store.create('name: first\n');
    const second = store.create('name: second\n');
    store.edit(second.id, second.version, 'seed', 'name: second\nseed: 2\n');
    store.remove(first.id);
    expect(
      open()
        .list()
        .map(({ name }) => name),
    ).toEqual(['second']);
    expect(store.restore(first.id).text).toBe('name: first\n');
    expect(store.list()).toHaveLength(2);
    expect(() => store.get('draft-00000000')).toThrow(/There is no draft draft-00000000/);
  });

  it('names versions, keeps them through undo, other edits and restarts, and goes back in one undo step', () => {
    let store = open();
    const { id } = store.create('one');
    store.edit(id, 1, 'second', 'two');
    expect(store.nameVersion(id, 2, 'draft')).toMatchObject({ version: 2, undoLabel: 'second' });
    store.nameVersion(id, 2, 'good');
    store.undo(id, 2);
    store.edit(id, 3, 'other', 'three');
    store.nameVersion(id, 4, 'later');
    store = open();
    expect(store.get(id).versions.map(({ version, name }) => [version, name])).toEqual([
      [4, 'later'],
      [2, 'good'],
    ]);
    expect(store.returnTo(id, 4, 2)).toMatchObject({ text: 'two', undoLabel: 'return to “good”' });
    expect(open().undo(id, 5)).toMatchObject({ text: 'three', undoLabel: 'other' });
    expect(() => store.returnTo(id, 5, 3)).toThrow(/no named version 3/);
    expect(() => store.nameVersion(id, 4, 'old')).toThrow(/has version 5 by now/);
  });

  it('reads nothing from a file that is no log', () => {
    expect(readDraftLog('hello\n')).toMatchObject({ length: 0, state: { version: 0 } });
  });
});
