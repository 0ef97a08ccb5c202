/**
 * Third schema: the catalog, one row for everything a person can list (studies and imported audits), with what
 * people add (name, notes, star, folder, tags, archive, trash) and with prepared columns to filter and sort by.
 * Triggers keep it and the full-text index true, whoever writes. The summary columns hold what an analysis found;
 * they belong to the state of the study whose `updated_at` is in `summary_of`, and are computed anew otherwise.
 *
 * The index takes trigrams, so any three letters of a word are found. It indexes fragments: one row for each name,
 * note, tag, strategy and one for all settings, so that adding a candidate touches nothing else.
 */
export const catalogSchema = `
CREATE TABLE catalog (
  item INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id <> ''),
  kind TEXT NOT NULL CHECK (kind IN ('study', 'imported')),
  given_name TEXT NOT NULL,
  custom_name TEXT CHECK (custom_name <> ''),
  notes TEXT NOT NULL DEFAULT '',
  is_starred INTEGER NOT NULL DEFAULT 0 CHECK (is_starred IN (0, 1)),
  folder TEXT NOT NULL DEFAULT '',
  archived_at TEXT,
  trashed_at TEXT,
  mode TEXT NOT NULL,
  state TEXT NOT NULL,
  seed INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  corpus TEXT,
  depths TEXT,
  pool TEXT,
  pool_size INTEGER NOT NULL DEFAULT 0,
  rule TEXT,
  lag INTEGER,
  summary_of TEXT,
  chosen TEXT,
  chosen_plan TEXT,
  source_layers INTEGER,
  rho REAL,
  regret REAL,
  best_final REAL,
  cost_share REAL,
  seconds REAL
) STRICT;
CREATE INDEX catalog_by_time ON catalog (created_at);

CREATE TABLE catalog_tags (
  item INTEGER NOT NULL REFERENCES catalog (item) ON DELETE CASCADE,
  tag TEXT NOT NULL CHECK (tag <> ''),
  PRIMARY KEY (item, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalog_tags_by_tag ON catalog_tags (tag, item);

CREATE TABLE search_fragments (
  fragment INTEGER PRIMARY KEY,
  item INTEGER NOT NULL REFERENCES catalog (item) ON DELETE CASCADE,
  field TEXT NOT NULL CHECK (field IN ('name', 'customName', 'notes', 'tag', 'strategy', 'settings')),
  text TEXT NOT NULL,
  UNIQUE (item, field, text)
) STRICT;
CREATE INDEX search_fragments_by_text ON search_fragments (text, item) WHERE field = 'strategy';
CREATE VIRTUAL TABLE search_index USING fts5 (
  text, content = 'search_fragments', content_rowid = 'fragment', tokenize = 'trigram remove_diacritics 1'
);
CREATE TRIGGER fragment_added AFTER INSERT ON search_fragments BEGIN
  INSERT INTO search_index (rowid, text) VALUES (NEW.fragment, NEW.text);
END;
CREATE TRIGGER fragment_removed AFTER DELETE ON search_fragments BEGIN
  INSERT INTO search_index (search_index, rowid, text) VALUES ('delete', OLD.fragment, OLD.text);
END;

CREATE TRIGGER catalog_named AFTER UPDATE OF custom_name, notes ON catalog BEGIN
  DELETE FROM search_fragments WHERE item = NEW.item AND field IN ('customName', 'notes');
  INSERT INTO search_fragments (item, field, text)
    SELECT NEW.item, 'customName', NEW.custom_name WHERE NEW.custom_name IS NOT NULL;
  INSERT INTO search_fragments (item, field, text) SELECT NEW.item, 'notes', NEW.notes WHERE NEW.notes <> '';
END;
CREATE TRIGGER tag_added AFTER INSERT ON catalog_tags BEGIN
  INSERT INTO search_fragments (item, field, text) VALUES (NEW.item, 'tag', NEW.tag);
END;
CREATE TRIGGER tag_removed AFTER DELETE ON catalog_tags BEGIN
  DELETE FROM search_fragments WHERE item = OLD.item AND field = 'tag' AND text = OLD.tag;
END;

CREATE VIEW study_entries AS
  SELECT id, name, mode, state, seed, created_at, updated_at,
    spec ->> '$.data.corpus' AS given_corpus,
    coalesce(facts ->> '$.data.corpus', spec ->> '$.data.corpus.name') AS corpus,
    CASE WHEN mode = 'stacking'
      THEN (SELECT group_concat(value ->> '$.layers', '→') FROM json_each(spec, '$.stages'))
      ELSE (spec ->> '$.source.layers') || '→' || (spec ->> '$.target.layers') END AS depths,
    coalesce(facts ->> '$.pool.name', spec ->> '$.pool.name') AS pool,
    spec ->> '$.decision.rule' AS rule,
    CASE json_type(spec, '$.decision.lag') WHEN 'integer' THEN spec ->> '$.decision.lag' END AS lag,
    coalesce(spec ->> '$.source.layers', spec ->> '$.stages[0].layers') AS source_layers,
    (SELECT group_concat(coalesce(key, '') || ' ' || atom, ' ') FROM json_tree(spec) WHERE atom IS NOT NULL) AS settings
  FROM (SELECT *, CASE WHEN json_valid(spec_json) THEN spec_json ELSE '{}' END AS spec,
    CASE WHEN json_valid(facts_json) THEN facts_json ELSE '{}' END AS facts FROM studies);

CREATE TRIGGER study_catalogued AFTER INSERT ON studies BEGIN
  INSERT INTO catalog (id, kind, given_name, mode, state, seed, created_at, updated_at, corpus, depths, pool, rule,
      lag, source_layers)
    SELECT id, 'study', name, mode, state, seed, created_at, updated_at, corpus, depths, pool, rule, lag, source_layers
    FROM study_entries WHERE id = NEW.id;
  INSERT INTO search_fragments (item, field, text)
    SELECT item, 'name', given_name FROM catalog WHERE id = NEW.id;
  INSERT INTO search_fragments (item, field, text)
    SELECT item, 'settings', concat_ws(' ', entry.mode, 'seed ' || entry.seed, entry.depths, entry.corpus, entry.pool, entry.settings)
    FROM catalog JOIN study_entries AS entry USING (id) WHERE id = NEW.id;
END;
-- What was found belongs to the state it was found in. A study that trains again is wanted: it leaves the trash.
CREATE TRIGGER study_changed AFTER UPDATE OF state, updated_at ON studies BEGIN
  UPDATE catalog SET state = NEW.state, updated_at = NEW.updated_at, summary_of = NULL, chosen = NULL,
    chosen_plan = NULL, rho = NULL, regret = NULL, best_final = NULL, cost_share = NULL, seconds = NULL,
    trashed_at = CASE WHEN NEW.state = 'running' THEN NULL ELSE trashed_at END WHERE id = NEW.id;
END;
CREATE TRIGGER study_removed AFTER DELETE ON studies BEGIN
  DELETE FROM catalog WHERE id = OLD.id;
END;
CREATE TRIGGER candidate_catalogued AFTER INSERT ON candidates WHEN NEW.repeat = 0 BEGIN
  UPDATE catalog SET pool_size = pool_size + 1 WHERE id = NEW.study_id AND NEW.is_control = 0 AND NOT EXISTS
    (SELECT 1 FROM search_fragments AS known WHERE known.item = catalog.item AND field = 'strategy' AND text = NEW.strategy);
  INSERT OR IGNORE INTO search_fragments (item, field, text)
    SELECT item, 'strategy', NEW.strategy FROM catalog WHERE id = NEW.study_id;
END;

CREATE TRIGGER audit_catalogued AFTER INSERT ON imported_audits BEGIN
  INSERT INTO catalog (id, kind, given_name, mode, state, seed, created_at, updated_at, corpus, depths, pool,
      source_layers)
    SELECT NEW.id, 'imported', NEW.name, 'audit', 'finished', CAST(coalesce(facts ->> '$.seed', 0) AS INTEGER), NEW.imported_at,
      NEW.imported_at, facts ->> '$.facts.corpus',
      (facts ->> '$.facts.sourceLayers') || '→' || (facts ->> '$.facts.targetLayers'), facts ->> '$.facts.pool',
      CAST(facts ->> '$.facts.sourceLayers' AS INTEGER)
    FROM (SELECT CASE WHEN json_valid(NEW.facts_json) THEN NEW.facts_json ELSE '{}' END AS facts);
  INSERT INTO search_fragments (item, field, text)
    SELECT item, 'name', given_name FROM catalog WHERE id = NEW.id;
  INSERT INTO search_fragments (item, field, text)
    SELECT item, 'settings', concat_ws(' ', 'imported', 'audit', 'seed ' || seed, NEW.file_name, depths, corpus, pool)
    FROM catalog WHERE id = NEW.id;
  INSERT OR IGNORE INTO search_fragments (item, field, text)
    SELECT item, 'strategy', value ->> '$.strategy' FROM catalog,
      json_each(CASE WHEN json_valid(NEW.curves_json) THEN NEW.curves_json ELSE '[]' END)
    WHERE catalog.id = NEW.id AND (value ->> '$.strategy') <> '';
  UPDATE catalog SET pool_size = (SELECT count(DISTINCT value ->> '$.strategy')
      FROM json_each(CASE WHEN json_valid(NEW.curves_json) THEN NEW.curves_json ELSE '[]' END)
      WHERE (value ->> '$.isControl') = 0) WHERE id = NEW.id;
END;
CREATE TRIGGER audit_removed AFTER DELETE ON imported_audits BEGIN
  DELETE FROM catalog WHERE id = OLD.id;
END;

-- What an older history holds goes through the same triggers' statements, in order of creation.
INSERT INTO catalog (id, kind, given_name, mode, state, seed, created_at, updated_at, corpus, depths, pool, rule, lag,
    source_layers)
  SELECT id, 'study', name, mode, state, seed, created_at, updated_at, corpus, depths, pool, rule, lag, source_layers
  FROM study_entries ORDER BY created_at;
INSERT INTO search_fragments (item, field, text)
  SELECT item, 'settings', concat_ws(' ', entry.mode, 'seed ' || entry.seed, entry.depths, entry.corpus, entry.pool, entry.settings)
  FROM catalog JOIN study_entries AS entry USING (id);
INSERT OR IGNORE INTO search_fragments (item, field, text)
  SELECT item, 'strategy', strategy FROM candidates JOIN catalog ON catalog.id = study_id
  WHERE repeat = 0 ORDER BY item, growing_point, position;
UPDATE catalog SET pool_size =
  (SELECT count(DISTINCT strategy) FROM candidates WHERE study_id = catalog.id AND repeat = 0 AND is_control = 0);
CREATE TEMP TABLE older_audits AS SELECT * FROM imported_audits;
DELETE FROM imported_audits;
INSERT INTO imported_audits SELECT * FROM older_audits ORDER BY imported_at;
DROP TABLE older_audits;
INSERT OR IGNORE INTO search_fragments (item, field, text)
  SELECT item, 'name', given_name FROM catalog;
`;
