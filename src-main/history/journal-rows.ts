/** Decisions and events: what a study chose, and what happened to it. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import type { DecisionRecord, EventRecord } from '../contract/records.ts';
import type { Clock, JournalStore } from './history.ts';

const DECISION_COLUMNS = `study_id AS studyId, policy, growing_point AS growingPoint, rule, lag,
  chosen_candidate_id AS chosenCandidateId, evidence_json AS evidenceJson, decided_at AS decidedAt`;
const EVENT_COLUMNS = 'sequence, study_id AS studyId, run_id AS runId, at, kind, message';

export function journalRows(database: Database, now: Clock): JournalStore {
  const insertDecision = database.prepare(`INSERT INTO decisions
    (study_id, policy, growing_point, rule, lag, chosen_candidate_id, evidence_json, decided_at)
    VALUES (@studyId, @policy, @growingPoint, @rule, @lag, @chosenCandidateId, @evidenceJson, @decidedAt)`);
  const selectDecision = database.prepare<[string, string, number], DecisionRecord>(
    `SELECT ${DECISION_COLUMNS} FROM decisions WHERE study_id = ? AND policy = ? AND growing_point = ?`,
  );
  const selectDecisions = database.prepare<[string], DecisionRecord>(
    `SELECT ${DECISION_COLUMNS} FROM decisions WHERE study_id = ? ORDER BY policy, growing_point`,
  );
  const insertEvent = database.prepare(
    'INSERT INTO events (study_id, run_id, at, kind, message) VALUES (@studyId, @runId, @at, @kind, @message)',
  );
  const selectEvents = database.prepare<[string, number], EventRecord>(
    `SELECT ${EVENT_COLUMNS} FROM events WHERE study_id = ? AND sequence > ? ORDER BY sequence`,
  );

  return {
    recordDecision: (decision) =>
      database
        .transaction(() => {
          const there = selectDecision.get(decision.studyId, decision.policy, decision.growingPoint);
          if (there === undefined) {
            const record = { ...decision, decidedAt: now() };
            insertDecision.run(record);
            return Object.freeze(record);
          }
          const { decidedAt: _, ...known } = there;
          for (const [name, value] of Object.entries(known))
            if (decision[name as keyof typeof decision] !== value)
              throw new EspalierError(
                'failed',
                `Study ${there.studyId} decided growing point ${there.growingPoint} with ${name} ${value}; the same decision came again with ${decision[name as keyof typeof decision]}.`,
                { hint: 'A decision never changes. Start the study again as a new one.' },
              );
          return Object.freeze(there);
        })
        .immediate(),
    listDecisions: (studyId) => selectDecisions.all(studyId).map((row) => Object.freeze(row)),
    addEvent: (event) => {
      const at = now();
      const { lastInsertRowid } = insertEvent.run({ ...event, at });
      return Object.freeze({ ...event, at, sequence: Number(lastInsertRowid) });
    },
    listEvents: (studyId, afterSequence = 0) =>
      selectEvents.all(studyId, afterSequence).map((row) => Object.freeze(row)),
  };
}
