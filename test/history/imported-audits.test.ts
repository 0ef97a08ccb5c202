import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import type { History } from '../../src-main/history/history.ts';
import { HISTORY_FILE, openHistory } from '../../src-main/history/open-history.ts';

let folder: string;
let history: History;
let ticks: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-imported-'));
  ticks = 0;
  reopen();
});
afterEach(() => {
  history.close();
  rmSync(folder, { recursive: true, force: true });
});

function reopen(): void {
  history = openHistory(folder, { mode: 'write', now: () => `2026-01-0${++ticks}T00:00:00.000Z` });
}

const audit = (id: string, loss = 0.1 + 0.2): RecordedAudit => ({
  id,
  name: 'runs',
  seed: 2 ** 53 - 1,
  horizon: 20,
  metrics: [{ name: 'loss', lowerIsBetter: true }],
  flopsPerStep: 1e20 / 3,
  facts: {
    sourceLayers: null,
    targetLayers: 4,
    width: null,
    activation: 'relu',
    corpus: null,
    pool: null,
    families: { a: 'stack' },
  },
  curves: [
    {
      strategy: 'a',
      isControl: false,
      exactness: null,
      schedule: 'final',
      scheduleSteps: 20,
      repeat: 0,
      isDiverged: false,
      points: [
        {
          step: 20,
          metrics: { loss, 'x/acc': null },
          batchLosses: null,
          trainingLoss: null,
          gradientNorm: null,
          weightDistance: null,
          tokens: 5e-324,
          flops: null,
        },
      ],
    },
  ],
});

describe('imported audits', () => {
  it('come back equal after the history was closed, newest first', () => {
    history.addImportedAudits([{ audit: audit('one'), fileName: 'a.csv' }]);
    history.addImportedAudits([{ audit: audit('two', 1e-300), fileName: 'b.csv' }]);
    history.close();
    reopen();
    expect(history.listImportedAudits()).toEqual([
      {
        id: 'two',
        name: 'runs',
        fileName: 'b.csv',
        importedAt: '2026-01-02T00:00:00.000Z',
        audit: audit('two', 1e-300),
      },
      {
        id: 'one',
        name: 'runs',
        fileName: 'a.csv',
        importedAt: '2026-01-01T00:00:00.000Z',
        audit: audit('one'),
      },
    ]);
  });

  it('do not change when they are added again, and refuse other curves under the same id', () => {
    const [first] = history.addImportedAudits([{ audit: audit('one'), fileName: 'a.csv' }]);
    expect(first!.isNew).toBe(true);
    const [again] = history.addImportedAudits([{ audit: audit('one'), fileName: 'copy.csv' }]);
    expect(again).toEqual({ ...first, isNew: false });
    expect(() =>
      history.addImportedAudits([
        { audit: audit('new'), fileName: 'a.csv' },
        { audit: audit('one', 2), fileName: 'a.csv' },
      ]),
    ).toThrow(/audit one is there already and came again with other curves/);
    expect(history.listImportedAudits().map(({ id }) => id)).toEqual(['one']);
  });

  it('are removed by their whole id only', () => {
    history.addImportedAudits([{ audit: audit('one'), fileName: 'a.csv' }]);
    expect(() => history.removeImportedAudit('on')).toThrow(/no imported audit "on"/);
    history.removeImportedAudit('one');
    expect(history.listImportedAudits()).toEqual([]);
  });

  it('are reported as damaged when their text is', () => {
    history.addImportedAudits([{ audit: audit('one'), fileName: 'a.csv' }]);
    history.close();
    const database = new SqliteDatabase(join(folder, HISTORY_FILE));
    database.exec(`UPDATE imported_audits SET curves_json = '[{"strategy":1}]'`);
    database.close();
    reopen();
    expect(() => history.listImportedAudits()).toThrow(/imported audit one in the history is damaged/);
  });
});
