/**
 * First schema. Columns that hold a measured number which may be NaN are of type ANY: SQLite turns NaN into NULL,
 * so NaN is stored as the text 'NaN', which sorts after all numbers (measured-number.ts reads and writes it).
 */
export const initialSchema = `
CREATE TABLE studies (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  name TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('select', 'audit')),
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
CREATE INDEX studies_by_spec ON studies (spec_hash);

CREATE TABLE candidates (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position >= 0),
  strategy TEXT NOT NULL,
  strategy_json TEXT NOT NULL,
  plan TEXT NOT NULL,
  exactness TEXT NOT NULL,
  repeat INTEGER NOT NULL CHECK (repeat >= 0),
  is_control INTEGER NOT NULL CHECK (is_control IN (0, 1)),
  UNIQUE (study_id, strategy, repeat)
) STRICT;

CREATE TABLE runs (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  candidate_id TEXT REFERENCES candidates (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('source', 'probe', 'full')),
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
CREATE INDEX runs_by_study ON runs (study_id);
CREATE INDEX runs_by_candidate ON runs (candidate_id);
CREATE INDEX runs_by_source_key ON runs (source_key) WHERE source_key IS NOT NULL;

CREATE TABLE evaluations (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL CHECK (step >= 0),
  loss ANY NOT NULL CHECK (typeof(loss) = 'real' OR loss = 'NaN'),
  batch_losses BLOB NOT NULL CHECK (length(batch_losses) % 4 = 0),
  training_loss ANY CHECK (training_loss IS NULL OR typeof(training_loss) = 'real' OR training_loss = 'NaN'),
  gradient_norm ANY CHECK (gradient_norm IS NULL OR typeof(gradient_norm) = 'real' OR gradient_norm = 'NaN'),
  learning_rate REAL,
  seconds REAL NOT NULL,
  PRIMARY KEY (run_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
  study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  growing_point INTEGER NOT NULL CHECK (growing_point >= 0),
  rule TEXT NOT NULL,
  lag INTEGER NOT NULL CHECK (lag >= 0),
  chosen_candidate_id TEXT NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
  evidence_json TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  PRIMARY KEY (study_id, growing_point)
) STRICT;
CREATE INDEX decisions_by_candidate ON decisions (chosen_candidate_id);

CREATE TABLE checkpoints (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL CHECK (step >= 0),
  kind TEXT NOT NULL CHECK (kind IN ('start', 'resume', 'final')),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (run_id, step, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX checkpoints_by_hash ON checkpoints (hash);

CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  study_id TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  run_id TEXT REFERENCES runs (id) ON DELETE CASCADE,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_study ON events (study_id, sequence);
CREATE INDEX events_by_run ON events (run_id);
`;
