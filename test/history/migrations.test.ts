/** A history written by an earlier version of the schema opens with everything it held. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import DatabaseConstructor from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialSchema } from '../../src-main/history/migrations/0001-initial.ts';
import { APPLICATION_ID } from '../../src-main/history/migrations.ts';
import { HISTORY_FILE, openHistory } from '../../src-main/history/open-history.ts';
import { acquireWriterLock } from '../../src-main/history/writer-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-migration-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeVersion1(extra = ''): void {
  const database = new DatabaseConstructor(join(folder, HISTORY_FILE));
  database.pragma('journal_mode = WAL');
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.exec(initialSchema);
  database.exec(`
    INSERT INTO studies VALUES ('s', 'old', 'audit', 'finished', 7, '{}', 'h', '{}', '{}', 't0', 't1', NULL);
    INSERT INTO candidates VALUES ('s/stack', 's', 3, 'stack', '{}', '0 1 0 1', 'none', 0, 0);
    INSERT INTO runs VALUES ('s/source', 's', NULL, 'source', 'finished', 9, 9, 1, 1.5, 2e9, '{"layers":2}', 'cpu', NULL, 'key');
    INSERT INTO runs VALUES ('s/stack/full', 's', 's/stack', 'full', 'finished', 9, 9, 1, 1.5, 2e9, '{"layers":4}', 'cpu', NULL, NULL);
    INSERT INTO evaluations VALUES ('s/stack/full', 9, 2.25, x'00001040', 2.5, 'NaN', 0.001, 1.5);
    INSERT INTO decisions VALUES ('s', 0, 'cooldown', 5, 's/stack', '{"strategy":"stack"}', 't2');
    INSERT INTO checkpoints VALUES ('s/stack/full', 9, 'final', '${'a'.repeat(64)}', 10);
    INSERT INTO events (study_id, run_id, at, kind, message) VALUES ('s', 's/stack/full', 't3', 'decided', 'stack');
    ${extra}`);
  database.pragma('user_version = 1');
  database.close();
}

describe('a history of schema version 1', () => {
  it('keeps every record when it is opened for writing', () => {
    writeVersion1();
    const history = openHistory(folder, { mode: 'write' });
    expect(history.getStudy('s')).toMatchObject({ name: 'old', mode: 'audit', seed: 7, updatedAt: 't1' });
    expect(history.listCandidates('s')).toEqual([
      expect.objectContaining({ strategy: 'stack', policy: '', growingPoint: 0, position: 3 }),
    ]);
    expect(history.listRuns('s').map(({ id, kind, flops }) => [id, kind, flops])).toEqual([
      ['s/source', 'source', 2e9],
      ['s/stack/full', 'full', 2e9],
    ]);
    const [evaluation] = history.listEvaluations('s/stack/full');
    expect(evaluation).toMatchObject({ step: 9, loss: 2.25, gradientNorm: Number.NaN });
    expect(evaluation!.batchLosses).toEqual(Float32Array.of(2.25));
    expect(history.listDecisions('s')).toEqual([
      expect.objectContaining({ policy: '', growingPoint: 0, chosenCandidateId: 's/stack', decidedAt: 't2' }),
    ]);
    expect(history.latestCheckpoint('s/stack/full')!.hash).toBe('a'.repeat(64));
    expect(history.listEvents('s')).toHaveLength(1);
    history.close();
  });

  it('keeps its references: removing the study removes what belongs to it', () => {
    writeVersion1();
    const history = openHistory(folder, { mode: 'write' });
    expect(history.removeStudy('s')).toEqual(['a'.repeat(64)]);
    expect(history.listCandidates('s')).toEqual([]);
    expect(history.listRuns('s')).toEqual([]);
    history.close();
  });

  it('is brought up to date for reading when nobody writes', () => {
    writeVersion1();
    const history = openHistory(folder, { mode: 'read' });
    expect(history.listStudies().map(({ id, name }) => [id, name])).toEqual([['s', 'old']]);
    expect(history.listRuns('s')).toHaveLength(2);
    // Reading holds no lock once it is open.
    openHistory(folder, { mode: 'write' }).close();
    history.close();
  });

  it('is refused for reading, and left as it is, while another process may write to it', () => {
    writeVersion1();
    const lock = acquireWriterLock(folder);
    try {
      expect(() => openHistory(folder, { mode: 'read' })).toThrow(
        expect.objectContaining({
          code: 'refused',
          message: expect.stringMatching(/older schema 1.*process \d+ has it open for writing/),
          hint: expect.not.stringMatching(/Reading is possible/),
        }),
      );
      const database = new DatabaseConstructor(join(folder, HISTORY_FILE), { readonly: true });
      expect(database.pragma('user_version', { simple: true })).toBe(1);
      database.close();
    } finally {
      lock.release();
    }
    openHistory(folder, { mode: 'read' }).close();
  });

  it('stays at version 1, and whole, when a reference in it is broken', () => {
    writeVersion1(
      `PRAGMA foreign_keys = OFF; INSERT INTO events (study_id, run_id, at, kind, message) VALUES ('gone', NULL, 't', 'k', 'm');`,
    );
    expect(() => openHistory(folder, { mode: 'write' })).toThrow(/references/);
    const database = new DatabaseConstructor(join(folder, HISTORY_FILE), { readonly: true });
    expect(database.pragma('user_version', { simple: true })).toBe(1);
    expect(database.prepare('SELECT count(*) FROM candidates').pluck().get()).toBe(1);
    database.close();
  });
});
