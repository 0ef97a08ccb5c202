import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import DatabaseConstructor from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import {
  SORT_COLUMNS,
  type StudyQueryInput,
  type StudySort,
  studyQuerySchema,
} from '../../src-main/contract/window/studies.ts';
import type { CatalogSummary, History } from '../../src-main/history/history.ts';
import { initialSchema } from '../../src-main/history/migrations/0001-initial.ts';
import { choosingSchema } from '../../src-main/history/migrations/0002-choosing.ts';
import { APPLICATION_ID } from '../../src-main/history/migrations.ts';
import { HISTORY_FILE, openHistory } from '../../src-main/history/open-history.ts';
import { candidate, run, study } from './records.ts';

let folder: string;
let history: History;
let ticks: number;
const now = (): string => new Date(1_000_000 + 1000 * ticks++).toISOString();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-catalog-'));
  ticks = 0;
  history = openHistory(folder, { mode: 'write', now });
});
afterEach(() => {
  history.close();
  rmSync(folder, { recursive: true, force: true });
});

const find = (query: StudyQueryInput = {}, sort: StudySort = []): string[] =>
  history.listCatalogIds(studyQuerySchema.parse(query), sort);
const row = (id: string) => history.catalogRows([id])[0]!;

const spec = (over: object = {}): string =>
  JSON.stringify({
    data: { corpus: 'moby-dick' },
    source: { layers: 4 },
    target: { layers: 8 },
    recipe: { learningRate: 0.002 },
    decision: { rule: 'cooldown', lag: 96 },
    ...over,
  });
const facts = JSON.stringify({ data: { corpus: 'Moby-Dick (Melville 1851)' }, pool: { name: 'demo-12' } });

const nothing: CatalogSummary = {
  chosen: null,
  chosenPlan: null,
  rho: null,
  regret: null,
  bestFinal: null,
  costShare: null,
  seconds: null,
};
function finished(id: string, summary: Partial<CatalogSummary> = {}): void {
  history.createStudy(study(id));
  const { updatedAt } = history.updateStudyState(id, 'finished');
  history.recordSummary(id, updatedAt, { ...nothing, ...summary });
}

const imported: RecordedAudit = {
  id: 'imp-1',
  name: 'runs.csv seed 3',
  seed: 3,
  horizon: 100,
  metrics: [{ name: 'loss', lowerIsBetter: true }],
  flopsPerStep: null,
  facts: {
    sourceLayers: 2,
    targetLayers: 4,
    width: null,
    activation: null,
    corpus: 'the pile',
    pool: null,
    families: {},
  },
  curves: ['stackish', 'scratch'].map((strategy) => ({
    strategy,
    isControl: strategy === 'scratch',
    exactness: null,
    schedule: 'final' as const,
    scheduleSteps: 100,
    repeat: 0,
    isDiverged: false,
    points: [],
  })),
};

describe('the catalog', () => {
  it('lists a study with the settings its file and facts hold, as soon as it is created', () => {
    history.createStudy(study('a', { specJson: spec(), factsJson: facts, mode: 'audit' }));
    history.addCandidates([
      candidate('c1', 'a', { strategy: 'idCopyTop' }),
      candidate('c2', 'a', { strategy: 'idCopyTop', repeat: 1 }),
      candidate('c3', 'a', { strategy: 'scratch', isControl: true }),
    ]);
    expect(row('a')).toMatchObject({
      kind: 'study',
      name: 'study a',
      mode: 'audit',
      state: 'planned',
      corpus: 'Moby-Dick (Melville 1851)',
      depths: '4→8',
      pool: 'demo-12',
      poolSize: 1,
      rule: 'cooldown',
      lag: 96,
      sourceLayers: 4,
      tags: [],
      isSummarised: false,
      progress: null,
    });
  });

  it('counts a strategy of several growing points once', () => {
    history.createStudy(study('a'));
    history.addCandidates([
      candidate('c1', 'a', { strategy: 'stack', growingPoint: 0 }),
      candidate('c2', 'a', { strategy: 'stack', growingPoint: 1 }),
    ]);
    expect(row('a').poolSize).toBe(1);
  });

  it('takes specs that hold nothing it knows, or are no JSON', () => {
    history.createStudy(study('a', { specJson: '{}', factsJson: '[]' }));
    history.createStudy(study('b', { specJson: 'no json' }));
    expect(find()).toEqual(['b', 'a']);
    expect(row('b')).toMatchObject({ corpus: null, depths: null, rule: null, lag: null });
  });

  it('shows the depths of all stages of a stacking study', () => {
    const stages = [{ layers: 2 }, { layers: 4 }, { layers: 8 }];
    history.createStudy(study('a', { mode: 'stacking', specJson: JSON.stringify({ stages }) }));
    expect(row('a')).toMatchObject({ depths: '2→4→8', sourceLayers: 2 });
  });

  it('follows the state, with the runs that ended', () => {
    history.createStudy(study('a'));
    history.updateStudyState('a', 'running');
    history.createRun(run('r1', 'a', { state: 'finished' }));
    history.createRun(run('r2', 'a'));
    expect(row('a')).toMatchObject({ state: 'running', progress: { done: 1, total: 2 } });
    expect(history.countCatalog().scopes).toMatchObject({ all: 1, running: 1 });
  });

  it('lists imported audits beside studies, and loses what is removed', () => {
    history.createStudy(study('a'));
    history.addImportedAudits([{ audit: imported, fileName: 'runs.csv' }]);
    expect(row('imp-1')).toMatchObject({
      kind: 'imported',
      mode: 'audit',
      state: 'finished',
      seed: 3,
      depths: '2→4',
      poolSize: 1,
    });
    expect(find({ search: 'stackish' })).toEqual(['imp-1']);
    history.removeImportedAudit('imp-1');
    history.removeStudy('a');
    expect(find()).toEqual([]);
    expect(find({ search: 'stackish' })).toEqual([]);
    expect(find({ search: 'study' })).toEqual([]);
  });
});

describe('search', () => {
  beforeEach(() => {
    history.createStudy(study('a', { name: 'First try', specJson: spec(), factsJson: facts }));
    history.createStudy(
      study('b', { name: 'Second', seed: 14, specJson: spec({ data: { corpus: 'sotu' } }) }),
    );
    history.addCandidates([candidate('c', 'b', { strategy: 'idCopyTop' })]);
    history.changeLabels([
      { ids: ['a'], set: { notes: 'cooldown was worth it', addTags: ['lr decay'] } },
      { ids: ['b'], set: { customName: 'Zweiter Versuch' } },
    ]);
  });

  it.each([
    ['firs', ['a'], 'a part of the name'],
    ['versuch', ['b'], 'the name a person gave'],
    ['second', ['b'], 'the old name'],
    ['worth', ['a'], 'notes'],
    ['DECAY', ['a'], 'tags, whatever the case'],
    ['copytop', ['b'], 'the middle of a strategy'],
    ['melville', ['a'], 'settings'],
    ['"seed 14"', ['b'], 'words that stand together'],
    ['learningrate', ['b', 'a'], 'names of settings'],
    ['first melville', ['a'], 'all words, wherever they stand'],
    ['first versuch', [], 'nothing that has only one of the words'],
    ['lr', ['a'], 'two letters'],
    ['%', [], 'no pattern'],
    ['"', ['b', 'a'], 'everything where nothing is left to search'],
    ["o'neil OR first", [], 'no operator'],
  ])('%s finds %j: %s', (search, expected) => {
    expect(find({ search })).toEqual(expected);
  });

  it('forgets notes, names and tags that were replaced', () => {
    history.changeLabels([
      { ids: ['a'], set: { notes: '', removeTags: ['lr decay'] } },
      { ids: ['b'], set: { customName: null } },
    ]);
    for (const search of ['worth', 'decay', 'versuch']) expect(find({ search })).toEqual([]);
  });

  it('never fails, and finds every study by any part of its name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (name) => {
        history.changeLabels([{ ids: ['a'], set: { customName: name.replaceAll('\0', 'x') } }]);
        const part = name.replaceAll('\0', 'x').replaceAll('"', ' ').trim().split(/\s+/)[0]!;
        if (part !== '') expect(find({ search: part })).toContain('a');
        find({ search: name });
      }),
      { numRuns: 200 },
    );
  });
});

describe('filters and order', () => {
  beforeEach(() => {
    finished('a', { rho: 0.9, regret: 0.01, bestFinal: 1.8 });
    finished('b', { rho: 0.5, regret: 0, bestFinal: 1.9 });
    finished('c');
    finished('d', { rho: 0.9, regret: 0.02, bestFinal: 1.7 });
  });

  it('sorts by several columns, missing values last whichever way', () => {
    const by = (descending: boolean) =>
      find({}, [
        { by: 'rho', descending },
        { by: 'bestFinal', descending: false },
      ]);
    expect(by(true)).toEqual(['d', 'a', 'b', 'c']);
    expect(by(false)).toEqual(['b', 'd', 'a', 'c']);
    expect(find()).toEqual(['d', 'c', 'b', 'a']);
  });

  it('sorts by every column it offers', () => {
    for (const column of SORT_COLUMNS)
      expect(find({}, [{ by: column, descending: true }]).toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('cuts pages out of the same order', () => {
    const query = studyQuerySchema.parse({});
    const pages = [0, 1, 2, 3].map((offset) =>
      history.listCatalog(query, [{ by: 'rho', descending: true }], { offset, limit: 1 }),
    );
    expect(pages.flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual(['d', 'a', 'b', 'c']);
    expect(pages.every(({ total }) => total === 4)).toBe(true);
  });

  it('filters by numbers and words; a facet is counted without its own filter', () => {
    expect(find({ numbers: { rho: { least: 0.6 }, regret: { most: 0.015 } } })).toEqual(['a']);
    expect(find({ words: { state: ['finished'], mode: ['select'] } })).toHaveLength(4);
    expect(find({ words: { state: ['failed'] } })).toEqual([]);
    const query = studyQuerySchema.parse({ words: { state: ['failed'] } });
    expect(history.facetOf(query, 'state')).toEqual([{ name: 'finished', count: 4 }]);
    expect(history.facetOf(query, 'mode')).toEqual([]);
  });

  it('forgets what was found when the study goes on', () => {
    expect(history.listUnsummarised(9)).toEqual([]);
    history.updateStudyState('a', 'running');
    expect(row('a')).toMatchObject({ rho: null, bestFinal: null, isSummarised: false });
    const { updatedAt } = history.updateStudyState('a', 'finished');
    expect(history.listUnsummarised(9)).toEqual([{ id: 'a', kind: 'study', updatedAt }]);
    history.recordSummary('a', 'an earlier time', { ...nothing, rho: 1 });
    expect(row('a').rho).toBeNull();
    history.recordSummary('a', updatedAt, { ...nothing, rho: 1 });
    expect(row('a')).toMatchObject({ rho: 1, isSummarised: true });
  });
});

describe('changes of labels', () => {
  beforeEach(() => {
    for (const id of ['a', 'b', 'c']) finished(id);
    history.changeLabels([{ ids: ['a'], set: { addTags: ['old'], folder: 'one', isStarred: true } }]);
  });
  const labels = () =>
    history.catalogRows(['a', 'b', 'c']).map((entry) => ({
      name: entry.name,
      notes: entry.notes,
      tags: entry.tags,
      folder: entry.folder,
      isStarred: entry.isStarred,
      isArchived: entry.isArchived,
      isTrashed: entry.trashedAt !== null,
    }));

  it('of many studies are taken back by one answer', () => {
    const before = labels();
    const { changed, undo } = history.changeLabels([
      {
        ids: ['a', 'b', 'c'],
        set: {
          addTags: ['old', 'new'],
          folder: 'two',
          isArchived: true,
          isStarred: true,
          notes: 'n',
          customName: 'x',
        },
      },
    ]);
    expect(changed).toBe(3);
    expect(labels()[1]).toMatchObject({ tags: ['new', 'old'], folder: 'two', isArchived: true, name: 'x' });
    history.changeLabels(undo);
    expect(labels()).toEqual(before);
  });

  it('undo any sequence of changes', () => {
    const set = fc.record(
      {
        customName: fc.constantFrom('x', 'y', null),
        notes: fc.constantFrom('', 'n'),
        isStarred: fc.boolean(),
        folder: fc.constantFrom('', 'one', 'two'),
        isArchived: fc.boolean(),
        isTrashed: fc.boolean(),
        addTags: fc.subarray(['old', 'p', 'q']),
        removeTags: fc.subarray(['old', 'p', 'r']),
      },
      { requiredKeys: [] },
    );
    const change = fc.record({ ids: fc.subarray(['a', 'b', 'c'], { minLength: 1 }), set });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const before = labels();
        const undos = changes.map((one) => history.changeLabels([one]).undo).reverse();
        for (const undo of undos) if (undo.length > 0) history.changeLabels(undo);
        expect(labels()).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  it('are all or nothing, and count only what changed', () => {
    const before = labels();
    expect(() => history.changeLabels([{ ids: ['a', 'gone'], set: { folder: 'x' } }])).toThrow(
      /There is no study "gone"/,
    );
    expect(labels()).toEqual(before);
    expect(history.changeLabels([{ ids: ['a', 'b'], set: { addTags: ['old'] } }]).changed).toBe(1);
  });

  it('put studies in the trash: out of lists, of the command line too, until they train again', () => {
    history.addImportedAudits([{ audit: imported, fileName: 'runs.csv' }]);
    history.changeLabels([{ ids: ['a', 'imp-1'], set: { isTrashed: true } }]);
    expect(history.listStudies().map(({ id }) => id)).toEqual(['c', 'b']);
    expect(history.listImportedAudits()).toEqual([]);
    expect(find()).toEqual(['c', 'b']);
    expect(find({ scope: 'trash' })).toEqual(['imp-1', 'a']);
    expect(history.listTrash()).toEqual([
      { id: 'a', kind: 'study' },
      { id: 'imp-1', kind: 'imported' },
    ]);
    expect(history.getStudy('a').id).toBe('a');
    history.updateStudyState('a', 'running');
    history.addImportedAudits([{ audit: imported, fileName: 'runs.csv' }]);
    expect(history.listTrash()).toEqual([]);
  });

  it('rename what every reader of the history sees', () => {
    history.changeLabels([{ ids: ['a'], set: { customName: 'My study' } }]);
    expect(history.getStudy('a').name).toBe('My study');
    expect(row('a')).toMatchObject({ name: 'My study', givenName: 'study a' });
    expect(history.catalogRows(['b'])[0]!.name).toBe('study b');
  });

  it('are counted for the side list', () => {
    history.changeLabels([
      { ids: ['b'], set: { isArchived: true, addTags: ['old'] } },
      { ids: ['c'], set: { isTrashed: true } },
    ]);
    expect(history.countCatalog()).toEqual({
      scopes: { all: 1, running: 0, starred: 1, archive: 1, trash: 1 },
      folders: [{ name: 'one', count: 1 }],
      tags: [{ name: 'old', count: 1 }],
      unsummarised: 0,
    });
    expect(find({ folder: 'one' })).toEqual(['a']);
    expect(find({ tags: ['old'], scope: 'archive' })).toEqual(['b']);
  });
});

describe('a history of schema version 2', () => {
  it('is listed and searched whole after opening', () => {
    history.close();
    rmSync(folder, { recursive: true, force: true });
    folder = mkdtempSync(join(tmpdir(), 'espalier-catalog-'));
    const database = new DatabaseConstructor(join(folder, HISTORY_FILE));
    database.pragma('journal_mode = WAL');
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.exec(initialSchema);
    database.exec(choosingSchema);
    const insert = database.prepare(
      `INSERT INTO studies VALUES (?, ?, 'audit', 'finished', 7, ?, ?, ?, '{}', ?, 't9', NULL)`,
    );
    insert.run('new', 'newer study', spec(), 'h1', facts, 't2');
    insert.run('old', 'older study', 'broken', 'h2', 'broken', 't1');
    database.exec(`
      INSERT INTO candidates (id, study_id, position, strategy, strategy_json, plan, exactness, repeat, is_control)
        VALUES ('c', 'new', 0, 'idCopyTop', '{}', '0 0', 'exact', 0, 0), ('d', 'new', 1, 'scratch', '{}', '', 'none', 0, 1);
      INSERT INTO imported_audits VALUES ('imp', 'from elsewhere', 'f.csv',
        '{"seed":4,"facts":{"corpus":"pile","sourceLayers":2,"targetLayers":4,"pool":null}}',
        '[{"strategy":"theirs","isControl":false}]', 't3');`);
    database.pragma('user_version = 2');
    database.close();
    history = openHistory(folder, { mode: 'write', now });
    expect(find()).toEqual(['imp', 'new', 'old']);
    expect(row('new')).toMatchObject({ poolSize: 1, corpus: 'Moby-Dick (Melville 1851)', depths: '4→8' });
    expect(row('imp')).toMatchObject({ poolSize: 1, corpus: 'pile', seed: 4 });
    expect(find({ search: 'copytop' })).toEqual(['new']);
    expect(find({ search: 'theirs' })).toEqual(['imp']);
    expect(find({ search: 'older' })).toEqual(['old']);
    expect(find({ search: 'cooldown' })).toEqual(['new']);
    expect(history.listUnsummarised(9).map(({ id }) => id)).toEqual(['imp', 'new', 'old']);
    expect(history.removeStudy('new')).toEqual([]);
    expect(find({ search: 'copytop' })).toEqual([]);
  });
});
