/** Audits imported from files of other programs. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import {
  type ImportedAuditRecord,
  importedCurvesSchema,
  importedFactsSchema,
} from '../contract/imported-curves.ts';
import type { RecordedAudit } from '../contract/recorded-audit.ts';
import type { Clock, ImportedAuditStore } from './history.ts';

interface ImportedRow {
  readonly id: string;
  readonly name: string;
  readonly fileName: string;
  readonly factsJson: string;
  readonly curvesJson: string;
  readonly importedAt: string;
}

const COLUMNS = `id, coalesce((SELECT custom_name FROM catalog WHERE catalog.id = imported_audits.id), name) AS name, file_name AS fileName, facts_json AS factsJson, curves_json AS curvesJson,
  imported_at AS importedAt`;

export function importedAuditRows(database: Database, now: Clock): ImportedAuditStore {
  const insert = database.prepare(`INSERT INTO imported_audits
    (id, name, file_name, facts_json, curves_json, imported_at) VALUES
    (@id, @name, @fileName, @factsJson, @curvesJson, @importedAt)`);
  const selectOne = database.prepare<[string], ImportedRow>(
    `SELECT ${COLUMNS} FROM imported_audits WHERE id = ?`,
  );
  const selectAll = database.prepare<[], ImportedRow>(
    `SELECT ${COLUMNS} FROM imported_audits
     WHERE id NOT IN (SELECT id FROM catalog WHERE trashed_at IS NOT NULL) ORDER BY imported_at DESC, rowid`,
  );
  const takeOutOfTrash = database.prepare('UPDATE catalog SET trashed_at = NULL WHERE id = ?');
  const remove = database.prepare<[string]>('DELETE FROM imported_audits WHERE id = ?');

  return {
    addImportedAudits: (audits) =>
      database
        .transaction(() =>
          audits.map(({ audit, fileName }) => {
            const there = selectOne.get(audit.id);
            if (there === undefined) {
              const row = toRow(audit, fileName, now());
              insert.run(row);
              return { ...toRecord(row), isNew: true };
            }
            const again = toRow(audit, fileName, there.importedAt);
            if (there.curvesJson !== again.curvesJson)
              throw new EspalierError(
                'failed',
                `The imported audit ${audit.id} is there already and came again with other curves; the same file and options must give the same curves.`,
                { hint: 'Another version of the program read it. Remove the audit, then import it again.' },
              );
            takeOutOfTrash.run(audit.id);
            return { ...toRecord(there), isNew: false };
          }),
        )
        .immediate(),
    listImportedAudits: () => selectAll.all().map(toRecord),
    removeImportedAudit: (id) => {
      if (remove.run(id).changes === 0)
        throw new EspalierError('bad-input', `There is no imported audit "${id}".`, {
          hint: '`espalier evidence --list` shows all audits.',
        });
    },
  };
}

function toRow(audit: RecordedAudit, fileName: string, importedAt: string): ImportedRow {
  const { id, name, curves, ...facts } = audit;
  return {
    id,
    name,
    fileName,
    factsJson: JSON.stringify(importedFactsSchema.parse(facts)),
    curvesJson: JSON.stringify(importedCurvesSchema.parse(curves)),
    importedAt,
  };
}

function toRecord(row: ImportedRow): ImportedAuditRecord {
  const { id, name, fileName, importedAt } = row;
  try {
    const facts = importedFactsSchema.parse(JSON.parse(row.factsJson));
    const curves = importedCurvesSchema.parse(JSON.parse(row.curvesJson));
    return { id, name, fileName, importedAt, audit: { id, name, ...facts, curves } };
  } catch (error) {
    throw new EspalierError('failed', `The imported audit ${id} in the history is damaged.`, {
      hint: 'Remove it, then import its file again.',
      cause: error,
    });
  }
}
