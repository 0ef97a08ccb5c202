/** Studies and their candidates. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import type { CandidateRecord, StudyRecord } from '../contract/records.ts';
import type { Clock, StudyStore } from './history.ts';

// The name a person gave stands for the one in the study file.
const STUDY_COLUMNS = `id, coalesce((SELECT custom_name FROM catalog WHERE catalog.id = studies.id), name) AS name, mode, state, seed, spec_json AS specJson, spec_hash AS specHash,
  facts_json AS factsJson, environment_json AS environmentJson, created_at AS createdAt, updated_at AS updatedAt, reason`;

const CANDIDATE_COLUMNS = `id, study_id AS studyId, policy, growing_point AS growingPoint, position, strategy, strategy_json AS strategyJson, plan,
  exactness, repeat, is_control AS isControl`;

type CandidateRow = Omit<CandidateRecord, 'isControl'> & { readonly isControl: number };

/** How many matches an ambiguous prefix names. */
const SHOWN_MATCHES = 5;

export function studyRows(database: Database, now: Clock): StudyStore {
  const insertStudy = database.prepare(`INSERT INTO studies
    (id, name, mode, state, seed, spec_json, spec_hash, facts_json, environment_json, created_at, updated_at, reason) VALUES
    (@id, @name, @mode, 'planned', @seed, @specJson, @specHash, @factsJson, @environmentJson, @at, @at, NULL)`);
  const updateState = database.prepare(
    'UPDATE studies SET state = @state, reason = @reason, updated_at = @at WHERE id = @id',
  );
  const selectStudy = database.prepare<[string], StudyRecord>(
    `SELECT ${STUDY_COLUMNS} FROM studies WHERE id = ?`,
  );
  const selectByPrefix = database.prepare<[string, string], StudyRecord>(
    `SELECT ${STUDY_COLUMNS} FROM studies WHERE substr(id, 1, length(?)) = ? ORDER BY id`,
  );
  const selectAll = database.prepare<[], StudyRecord>(
    `SELECT ${STUDY_COLUMNS} FROM studies
     WHERE id NOT IN (SELECT id FROM catalog WHERE trashed_at IS NOT NULL) ORDER BY created_at DESC, rowid DESC`,
  );
  const selectBySpec = database.prepare<[string], StudyRecord>(
    `SELECT ${STUDY_COLUMNS} FROM studies WHERE spec_hash = ? ORDER BY created_at DESC, rowid DESC LIMIT 1`,
  );
  const deleteStudy = database.prepare('DELETE FROM studies WHERE id = ?');
  const selectOwnHashes = database
    .prepare<[string], string>(
      `SELECT DISTINCT hash FROM checkpoints JOIN runs ON runs.id = run_id WHERE study_id = ? ORDER BY hash`,
    )
    .pluck();
  const isReferenced = database.prepare<[string], number>('SELECT 1 FROM checkpoints WHERE hash = ? LIMIT 1');
  const insertCandidate = database.prepare(`INSERT INTO candidates
    (id, study_id, policy, growing_point, position, strategy, strategy_json, plan, exactness, repeat, is_control) VALUES
    (@id, @studyId, @policy, @growingPoint, @position, @strategy, @strategyJson, @plan, @exactness, @repeat, @isControl)`);
  const selectCandidates = database.prepare<[string], CandidateRow>(
    `SELECT ${CANDIDATE_COLUMNS} FROM candidates WHERE study_id = ? ORDER BY growing_point, position, repeat, rowid`,
  );

  const getExactly = (id: string): StudyRecord => {
    const study = selectStudy.get(id);
    if (study === undefined) throw unknownStudy(id);
    return Object.freeze(study);
  };

  return {
    createStudy: (study) => {
      insertStudy.run({ ...study, at: now() });
      return getExactly(study.id);
    },
    updateStudyState: (id, state, reason = null) => {
      updateState.run({ id, state, reason, at: now() });
      return getExactly(id);
    },
    getStudy: (idOrPrefix) => {
      const exact = selectStudy.get(idOrPrefix);
      if (exact !== undefined) return Object.freeze(exact);
      const matches = idOrPrefix === '' ? [] : selectByPrefix.all(idOrPrefix, idOrPrefix);
      if (matches.length > 1)
        throw new EspalierError(
          'bad-input',
          `${matches.length} studies begin with "${idOrPrefix}": ${matches
            .slice(0, SHOWN_MATCHES)
            .map((study) => study.id)
            .join(', ')}${matches.length > SHOWN_MATCHES ? ', …' : ''}.`,
          { hint: 'Write more of the id.' },
        );
      if (matches[0] === undefined) throw unknownStudy(idOrPrefix);
      return Object.freeze(matches[0]);
    },
    listStudies: () => selectAll.all().map(Object.freeze) as StudyRecord[],
    findStudyBySpecHash: (specHash) => {
      const study = selectBySpec.get(specHash);
      return study === undefined ? null : Object.freeze(study);
    },
    removeStudy: (id) =>
      database
        .transaction(() => {
          const hashes = selectOwnHashes.all(id);
          if (deleteStudy.run(id).changes === 0) throw unknownStudy(id);
          return hashes.filter((hash) => isReferenced.get(hash) === undefined);
        })
        .immediate(),
    addCandidates: (candidates) =>
      database
        .transaction(() => {
          for (const candidate of candidates)
            insertCandidate.run({ ...candidate, isControl: Number(candidate.isControl) });
        })
        .immediate(),
    listCandidates: (studyId) =>
      selectCandidates.all(studyId).map((row) => Object.freeze({ ...row, isControl: row.isControl === 1 })),
  };
}

function unknownStudy(id: string): EspalierError {
  return new EspalierError('bad-input', `There is no study "${id}" in this history.`, {
    hint: 'List the studies to see their ids.',
  });
}
