/** Reading through a handle that stays open must see what others write, and a file that was replaced. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openHistory } from '../../src-main/history/open-history.ts';
import { CatalogReader } from '../../src-main/service/catalog-reader.ts';
import { HistoryAccess } from '../../src-main/service/history-access.ts';

const folders: string[] = [];
function access() {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-access-'));
  folders.push(folder);
  return { folder, histories: new HistoryAccess(folder, new CatalogReader(folder)) };
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function addStudy(folder: string, id: string): void {
  const history = openHistory(folder, { mode: 'write' });
  history.createStudy({
    id,
    name: id,
    mode: 'audit',
    seed: 1,
    specJson: '{}',
    specHash: id,
    factsJson: '{}',
    environmentJson: '{}',
  });
  history.close();
}
const ids = (histories: HistoryAccess): string[] =>
  histories.read((history) => history.listStudies().map(({ id }) => id)).sort();

describe('HistoryAccess with a reader that stays open', () => {
  it('says that there is nothing to read as one without does', () => {
    const { folder, histories } = access();
    expect(() => ids(histories)).toThrow(folder);
  });

  it('sees what another handle writes afterwards', () => {
    const { folder, histories } = access();
    addStudy(folder, 'a');
    expect(ids(histories)).toEqual(['a']);
    addStudy(folder, 'b');
    expect(ids(histories)).toEqual(['a', 'b']);
  });

  it('reads its own changes while it writes', () => {
    const { folder, histories } = access();
    addStudy(folder, 'a');
    histories.write((history) => {
      history.updateStudyState('a', 'failed');
      expect(histories.read((reading) => reading.getStudy('a').state)).toBe('failed');
    });
    expect(histories.isWriting).toBe(false);
  });

  it('opens a file that replaced the one before', () => {
    const { folder, histories } = access();
    addStudy(folder, 'a');
    expect(ids(histories)).toEqual(['a']);
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(folder, `history.sqlite${ending}`), { force: true });
    addStudy(folder, 'b');
    expect(ids(histories)).toEqual(['b']);
  });
});
