/** Importing recorded runs of other programs as audits, and what they say by themselves. */
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import type { ColumnReading, ImportedAgreement, ImportOptions } from '../contract/imported-curves.ts';
import type { RecordedAudit } from '../contract/recorded-audit.ts';
import { auditsFromTable } from '../data/tabular/curves-from-table.ts';
import { readTable } from '../data/tabular/read-table.ts';
import { openHistory } from '../history/open-history.ts';
import { importedAgreement } from '../lag/evidence/imported-agreement.ts';
import { type Home, makeHome } from './home.ts';

export interface ImportedAudit {
  readonly audit: RecordedAudit;
  /** Whether it was not in the history before. */
  readonly isNew: boolean;
  readonly agreement: ImportedAgreement;
}

export interface ImportResult {
  readonly file: string;
  readonly format: 'csv' | 'parquet';
  readonly rowCount: number;
  readonly reading: ColumnReading;
  readonly audits: readonly ImportedAudit[];
}

/**
 * Reads the file and stores one audit for each study and seed in it, or nothing when anything is wrong. The same
 * content with the same options has the same ids, whatever the file is called; importing it again changes nothing.
 * @throws EspalierError `bad-input` for everything that is wrong with the file or the options, `refused` when another
 *   process writes to the history or the home folder cannot be written
 */
export async function importCurves(home: Home, path: string, options: ImportOptions): Promise<ImportResult> {
  const table = await readTable(path);
  const fileName = basename(path);
  const name = options.name ?? (fileName.slice(0, fileName.length - extname(fileName).length) || fileName);
  const { reading, audits } = auditsFromTable(table, options, name);
  const content = createHash('sha256')
    .update(`${table.hash}\n${canonicalJson(options)}`)
    .digest('hex')
    .slice(0, 10);
  const identified = audits.map((audit) => ({ ...audit, id: `import-${content}-${audit.id}` }));
  makeHome(home);
  const history = openHistory(home.folder, { mode: 'write' });
  try {
    const stored = history.addImportedAudits(identified.map((audit) => ({ audit, fileName })));
    return {
      file: path,
      format: table.format,
      rowCount: table.rows.length,
      reading,
      audits: stored.map(({ audit, isNew }) => ({ audit, isNew, agreement: importedAgreement(audit) })),
    };
  } finally {
    history.close();
  }
}

/** Takes an imported audit out of the history. */
export function removeImported(home: Home, id: string): void {
  const history = openHistory(home.folder, { mode: 'write' });
  try {
    history.removeImportedAudit(id);
  } finally {
    history.close();
  }
}

/** JSON with the fields of objects in alphabetical order, so that equal options are equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
