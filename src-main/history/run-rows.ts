/** Runs and the reuse of trained sources. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import type { CheckpointRecord, RunRecord } from '../contract/records.ts';
import { CHECKPOINT_COLUMNS } from './checkpoint-rows.ts';
import type { RunStore } from './history.ts';

const COLUMNS = `id, study_id AS studyId, candidate_id AS candidateId, kind, state,
  steps_planned AS stepsPlanned, steps_done AS stepsDone, attempts, seconds, flops,
  architecture_json AS architectureJson, device, compute_device AS computeDevice, reason,
  peak_memory_bytes AS peakMemoryBytes`;

type RunRow = Omit<RunRecord, 'architecture'> & { readonly architectureJson: string };

function toRecord({ architectureJson, ...row }: RunRow): RunRecord {
  return Object.freeze({ ...row, architecture: Object.freeze(JSON.parse(architectureJson)) });
}

export function runRows(database: Database): RunStore {
  const insert = database.prepare(`INSERT INTO runs
    (id, study_id, candidate_id, kind, state, steps_planned, steps_done, attempts, seconds, flops,
     architecture_json, device, compute_device, reason, peak_memory_bytes, source_key)
    VALUES (@id, @studyId, @candidateId, @kind, @state, @stepsPlanned, @stepsDone, @attempts, @seconds, @flops,
     @architectureJson, @device, @computeDevice, @reason, @peakMemoryBytes, @sourceKey)`);
  const update = database.prepare(`UPDATE runs SET state = @state, steps_planned = @stepsPlanned,
    steps_done = @stepsDone, attempts = @attempts, seconds = @seconds, flops = @flops, device = @device,
    compute_device = @computeDevice, reason = @reason, peak_memory_bytes = @peakMemoryBytes WHERE id = @id`);
  const select = database.prepare<[string], RunRow>(`SELECT ${COLUMNS} FROM runs WHERE id = ?`);
  const selectOfStudy = database.prepare<[string], RunRow>(
    `SELECT ${COLUMNS} FROM runs WHERE study_id = ? ORDER BY rowid`,
  );
  const selectSource = database.prepare<[string], RunRow>(
    `SELECT ${COLUMNS} FROM runs WHERE source_key = ? AND kind = 'source' AND state = 'finished'
       AND EXISTS (SELECT 1 FROM checkpoints WHERE run_id = runs.id AND checkpoints.kind = 'final')
     ORDER BY rowid LIMIT 1`,
  );
  const selectFinal = database.prepare<[string], CheckpointRecord>(
    `SELECT ${CHECKPOINT_COLUMNS} FROM checkpoints WHERE run_id = ? AND kind = 'final' ORDER BY step DESC LIMIT 1`,
  );

  const getRun = (id: string): RunRecord => {
    const row = select.get(id);
    if (row === undefined) throw new EspalierError('bad-input', `There is no run "${id}" in this history.`);
    return toRecord(row);
  };

  return {
    getRun,
    createRun: ({ architecture, ...run }, options = {}) => {
      insert.run({
        ...run,
        architectureJson: JSON.stringify(architecture),
        sourceKey: options.sourceKey ?? null,
      });
      return getRun(run.id);
    },
    updateRun: (id, changes) =>
      database
        .transaction(() => {
          const { architecture: _, ...run } = getRun(id);
          update.run({ ...run, ...changes, id });
          return getRun(id);
        })
        .immediate(),
    listRuns: (studyId) => selectOfStudy.all(studyId).map(toRecord),
    findSourceRun: (sourceKey) => {
      const row = selectSource.get(sourceKey);
      const checkpoint = row && selectFinal.get(row.id);
      return row && checkpoint ? { run: toRecord(row), checkpoint: Object.freeze(checkpoint) } : null;
    },
  };
}
