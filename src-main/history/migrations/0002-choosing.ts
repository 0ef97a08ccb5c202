/**
 * Second schema: several growing points and policies in one study, several metrics in one evaluation, landscape
 * probes, and audits imported from elsewhere. SQLite cannot change a CHECK, so the tables that gain a kind or a
 * key are written anew; the migration runs with foreign keys off and is checked afterwards.
 */
export const choosingSchema = `
CREATE TABLE new_studies (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  name TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('select', 'audit', 'stacking')),
  state TEXT NOT NULL CHECK (state IN ('planned', 'running', 'interrupted', 'finished', 'failed')),
  seed INTEGER NOT NULL,
  spec_json TEXT NOT NULL,
  spec_hash TEXT NOT NULL,
  facts_json TEXT NOT NULL,
  environment_json TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  reason TEXT
) STRICT;
INSERT INTO new_studies (rowid, id, name, mode, state, seed, spec_json, spec_hash, facts_json, environment_json,
  created_at, updated_at, reason)
  SELECT rowid, id, name, mode, state, seed, spec_json, spec_hash, facts_json, environment_json, created_at,
    updated_at, reason FROM studies;
DROP TABLE studies;
ALTER TABLE new_studies RENAME TO studies;
CREATE INDEX studies_by_spec ON studies (spec_hash);

CREATE TABLE new_candidates (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  policy TEXT NOT NULL DEFAULT '',
  growing_point INTEGER NOT NULL DEFAULT 0 CHECK (growing_point >= 0),
  position INTEGER NOT NULL CHECK (position >= 0),
  strategy TEXT NOT NULL,
  strategy_json TEXT NOT NULL,
  plan TEXT NOT NULL,
  exactness TEXT NOT NULL,
  repeat INTEGER NOT NULL CHECK (repeat >= 0),
  is_control INTEGER NOT NULL CHECK (is_control IN (0, 1)),
  UNIQUE (study_id, policy, growing_point, strategy, repeat)
) STRICT;
INSERT INTO new_candidates (rowid, id, study_id, position, strategy, strategy_json, plan, exactness, repeat, is_control)
  SELECT rowid, id, study_id, position, strategy, strategy_json, plan, exactness, repeat, is_control FROM candidates;
DROP TABLE candidates;
ALTER TABLE new_candidates RENAME TO candidates;

CREATE TABLE new_runs (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  candidate_id TEXT REFERENCES candidates (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('source', 'probe', 'full', 'stage')),
  state TEXT NOT NULL
    CHECK (state IN ('waiting', 'running', 'finished', 'diverged', 'failed', 'cancelled')),
  steps_planned INTEGER NOT NULL CHECK (steps_planned >= 0),
  steps_done INTEGER NOT NULL CHECK (steps_done >= 0),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  seconds REAL NOT NULL,
  flops REAL NOT NULL,
  architecture_json TEXT NOT NULL,
  device TEXT NOT NULL,
  reason TEXT,
  source_key TEXT,
  CHECK ((kind = 'source') = (candidate_id IS NULL))
) STRICT;
INSERT INTO new_runs (rowid, id, study_id, candidate_id, kind, state, steps_planned, steps_done, attempts, seconds,
  flops, architecture_json, device, reason, source_key)
  SELECT rowid, id, study_id, candidate_id, kind, state, steps_planned, steps_done, attempts, seconds, flops,
    architecture_json, device, reason, source_key FROM runs;
DROP TABLE runs;
ALTER TABLE new_runs RENAME TO runs;
CREATE INDEX runs_by_study ON runs (study_id);
CREATE INDEX runs_by_candidate ON runs (candidate_id);
CREATE INDEX runs_by_source_key ON runs (source_key) WHERE source_key IS NOT NULL;

CREATE TABLE new_decisions (
  study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  policy TEXT NOT NULL DEFAULT '',
  growing_point INTEGER NOT NULL CHECK (growing_point >= 0),
  rule TEXT NOT NULL,
  lag INTEGER NOT NULL CHECK (lag >= 0),
  chosen_candidate_id TEXT NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
  evidence_json TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  PRIMARY KEY (study_id, policy, growing_point)
) STRICT;
INSERT INTO new_decisions (study_id, growing_point, rule, lag, chosen_candidate_id, evidence_json, decided_at)
  SELECT study_id, growing_point, rule, lag, chosen_candidate_id, evidence_json, decided_at FROM decisions;
DROP TABLE decisions;
ALTER TABLE new_decisions RENAME TO decisions;
CREATE INDEX decisions_by_candidate ON decisions (chosen_candidate_id);

-- L2 distance of the parameters from the growing point, over the norm of the growing point.
ALTER TABLE evaluations ADD COLUMN weight_distance ANY
  CHECK (weight_distance IS NULL OR typeof(weight_distance) = 'real' OR weight_distance = 'NaN');

-- What was measured beside the validation loss: losses on other corpora, accuracies on reasoning primitives.
CREATE TABLE metric_values (
  run_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  metric TEXT NOT NULL CHECK (metric <> ''),
  value ANY NOT NULL CHECK (typeof(value) = 'real' OR value = 'NaN'),
  PRIMARY KEY (run_id, step, metric),
  FOREIGN KEY (run_id, step) REFERENCES evaluations (run_id, step) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- One row for each finished part of a landscape probe; a part is never computed twice.
CREATE TABLE landscape_parts (
  study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  analysis TEXT NOT NULL CHECK (analysis <> ''),
  subject TEXT NOT NULL,
  part TEXT NOT NULL,
  settings_json TEXT NOT NULL,
  result_json TEXT NOT NULL,
  seconds REAL NOT NULL,
  flops REAL NOT NULL,
  measured_at TEXT NOT NULL,
  PRIMARY KEY (study_id, analysis, subject, part, settings_json)
) STRICT;

-- Recorded runs of other programs; the same file is the same audit.
CREATE TABLE imported_audits (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  name TEXT NOT NULL,
  file_name TEXT NOT NULL,
  facts_json TEXT NOT NULL,
  curves_json TEXT NOT NULL,
  imported_at TEXT NOT NULL
) STRICT;
`;
