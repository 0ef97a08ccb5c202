/** Finished parts of landscape probes. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import type { LandscapePartRecord } from '../contract/landscape.ts';
import type { Clock, LandscapeStore } from './history.ts';

const COLUMNS = `study_id AS studyId, analysis, subject, part, settings_json AS settingsJson,
  result_json AS resultJson, seconds, flops, measured_at AS measuredAt`;

type Key = Pick<LandscapePartRecord, 'studyId' | 'analysis' | 'subject' | 'part' | 'settingsJson'>;

export function landscapeRows(database: Database, now: Clock): LandscapeStore {
  const insert = database.prepare(`INSERT INTO landscape_parts
    (study_id, analysis, subject, part, settings_json, result_json, seconds, flops, measured_at) VALUES
    (@studyId, @analysis, @subject, @part, @settingsJson, @resultJson, @seconds, @flops, @measuredAt)`);
  const selectOne = database.prepare<[Key], LandscapePartRecord>(
    `SELECT ${COLUMNS} FROM landscape_parts WHERE study_id = @studyId AND analysis = @analysis
      AND subject = @subject AND part = @part AND settings_json = @settingsJson`,
  );
  const selectOfStudy = database.prepare<[string], LandscapePartRecord>(
    `SELECT ${COLUMNS} FROM landscape_parts WHERE study_id = ? ORDER BY rowid`,
  );

  return {
    recordLandscapePart: (part) =>
      database
        .transaction(() => {
          const there = selectOne.get(part);
          if (there === undefined) {
            const record = { ...part, measuredAt: now() };
            insert.run(record);
            return Object.freeze(record);
          }
          if (there.resultJson !== part.resultJson)
            throw new EspalierError(
              'failed',
              `The landscape part ${part.analysis}, ${part.subject}, ${part.part} of study ${part.studyId} was recorded before and came again with another result; a repeated computation must give the same numbers.`,
              {
                hint: 'The engine, its version or the machine changed. Measure with other settings, such as --batches.',
              },
            );
          return Object.freeze(there);
        })
        .immediate(),
    listLandscapeParts: (studyId) => selectOfStudy.all(studyId).map((row) => Object.freeze(row)),
  };
}
