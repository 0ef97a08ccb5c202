/** The list of everything in the history, with what people added and what was found. */
import type { Database } from 'better-sqlite3';
import { EspalierError } from '../contract/errors.ts';
import type { StudyState } from '../contract/records.ts';
import {
  LIST_SCOPES,
  type ListScope,
  type NameCount,
  type StudyCounts,
  type StudyRow,
} from '../contract/window/studies.ts';
import { orderOf, scopeSql, WORD_COLUMNS, whereOf, whereWithout } from './catalog-query.ts';
import type { CatalogStore, Clock } from './history.ts';

interface ListedRow {
  readonly item: number;
  readonly id: string;
  readonly kind: StudyRow['kind'];
  readonly name: string;
  readonly givenName: string;
  readonly notes: string;
  readonly isStarred: number;
  readonly folder: string;
  readonly tags: string;
  readonly archivedAt: string | null;
  readonly trashedAt: string | null;
  readonly mode: StudyRow['mode'];
  readonly state: StudyState;
  readonly seed: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly corpus: string | null;
  readonly depths: string | null;
  readonly sourceLayers: number | null;
  readonly pool: string | null;
  readonly poolSize: number;
  readonly rule: string | null;
  readonly lag: number | null;
  readonly summaryOf: string | null;
  readonly chosen: string | null;
  readonly chosenPlan: string | null;
  readonly rho: number | null;
  readonly regret: number | null;
  readonly bestFinal: number | null;
  readonly costShare: number | null;
  readonly seconds: number | null;
  readonly runsDone: number;
  readonly runsTotal: number;
}

// Tags and runs are looked up for the rows of the page only: they stand in the outer query.
const LISTED = `item, id, kind, coalesce(custom_name, given_name) AS name, given_name AS givenName, notes,
  is_starred AS isStarred, folder,
  (SELECT json_group_array(tag) FROM (SELECT tag FROM catalog_tags WHERE item = page.item ORDER BY tag)) AS tags,
  archived_at AS archivedAt, trashed_at AS trashedAt, mode, state, seed, created_at AS createdAt,
  updated_at AS updatedAt, corpus, depths, source_layers AS sourceLayers, pool, pool_size AS poolSize, rule, lag,
  summary_of AS summaryOf, chosen, chosen_plan AS chosenPlan, rho, regret, best_final AS bestFinal,
  cost_share AS costShare, seconds,
  CASE state WHEN 'running' THEN (SELECT count(*) FROM runs WHERE study_id = page.id
    AND runs.state NOT IN ('waiting', 'running')) ELSE 0 END AS runsDone,
  CASE state WHEN 'running' THEN (SELECT count(*) FROM runs WHERE study_id = page.id) ELSE 0 END AS runsTotal`;

const SUMMARISED_STATES = `('finished', 'interrupted', 'failed')`;

const MOST_FACETS = 500;

export function catalogRows(database: Database, now: Clock): CatalogStore {
  const selectIds = (condition: string, order: string) =>
    database
      .prepare<unknown[], string>(`SELECT id FROM catalog WHERE ${condition} ORDER BY ${order}`)
      .pluck();
  const selectLabels = database.prepare<
    [string],
    {
      item: number;
      customName: string | null;
      notes: string;
      isStarred: number;
      folder: string;
      archivedAt: string | null;
      trashedAt: string | null;
    }
  >(`SELECT item, custom_name AS customName, notes, is_starred AS isStarred, folder, archived_at AS archivedAt,
    trashed_at AS trashedAt FROM catalog WHERE id = ?`);
  const updateLabels = database.prepare(`UPDATE catalog SET custom_name = @customName, notes = @notes,
    is_starred = @isStarred, folder = @folder, archived_at = @archivedAt, trashed_at = @trashedAt WHERE item = @item`);
  // Left alone where they stay: their trigger writes the index.
  const updateMarks = database.prepare(`UPDATE catalog SET is_starred = @isStarred, folder = @folder,
    archived_at = @archivedAt, trashed_at = @trashedAt WHERE item = @item`);
  const insertTag = database.prepare('INSERT OR IGNORE INTO catalog_tags (item, tag) VALUES (?, ?)');
  const deleteTag = database.prepare('DELETE FROM catalog_tags WHERE item = ? AND tag = ?');
  const updateSummary = database.prepare(`UPDATE catalog SET summary_of = @summaryOf, chosen = @chosen,
    chosen_plan = @chosenPlan, rho = @rho, regret = @regret, best_final = @bestFinal, cost_share = @costShare,
    seconds = @seconds WHERE id = @id AND updated_at = @summaryOf`);
  const selectUnsummarised = database.prepare<
    [number],
    { id: string; kind: StudyRow['kind']; updatedAt: string }
  >(
    `SELECT id, kind, updated_at AS updatedAt FROM catalog
     WHERE summary_of IS NOT updated_at AND state IN ${SUMMARISED_STATES} ORDER BY created_at DESC LIMIT ?`,
  );
  const named = (sql: string) => database.prepare<[], NameCount>(sql);
  const selectFolders = named(`SELECT folder AS name, count(*) AS count FROM catalog
    WHERE folder <> '' AND trashed_at IS NULL AND archived_at IS NULL GROUP BY folder ORDER BY folder COLLATE NOCASE`);
  const selectTags = named(`SELECT tag AS name, count(*) AS count FROM catalog_tags JOIN catalog USING (item)
    WHERE trashed_at IS NULL AND archived_at IS NULL GROUP BY tag ORDER BY tag COLLATE NOCASE`);
  const selectCounts = database.prepare<[], Record<ListScope | 'unsummarised', number>>(
    `SELECT ${LIST_SCOPES.map((scope) => `count(*) FILTER (WHERE ${scopeSql(scope)}) AS "${scope}"`).join(', ')},
      count(*) FILTER (WHERE summary_of IS NOT updated_at AND state IN ${SUMMARISED_STATES}) AS unsummarised
     FROM catalog`,
  );

  const labelsOf = (id: string) => {
    const row = selectLabels.get(id);
    if (row === undefined)
      throw new EspalierError('bad-input', `There is no study "${id}" in this history.`, {
        hint: 'It may have been removed elsewhere; look at the list again.',
      });
    return row;
  };

  return {
    listCatalog: (query, sort, { offset, limit }) => {
      const { sql, values } = whereOf(query);
      const [total, candidates] = database
        .prepare<unknown[], [number, number]>(
          `SELECT count(*), coalesce(sum(pool_size), 0) FROM catalog WHERE ${sql}`,
        )
        .raw()
        .get(...values)!;
      const order = orderOf(sort);
      const rows = database
        .prepare<unknown[], ListedRow>(
          `SELECT ${LISTED} FROM (SELECT * FROM catalog WHERE ${sql} ORDER BY ${order} LIMIT ? OFFSET ?) AS page
           ORDER BY ${order}`,
        )
        .all(...values, limit, offset);
      return { rows: rows.map(toRow), total, candidates };
    },
    listCatalogIds: (query, sort) => {
      const { sql, values } = whereOf(query);
      return selectIds(sql, orderOf(sort)).all(...values);
    },
    catalogRows: (ids) => {
      const rows = database
        .prepare<[string], ListedRow>(
          `SELECT ${LISTED} FROM catalog AS page WHERE id IN (SELECT value FROM json_each(?))`,
        )
        .all(JSON.stringify(ids));
      const byId = new Map(rows.map((row) => [row.id, toRow(row)]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
    countCatalog: (): StudyCounts => {
      const { unsummarised, ...scopes } = selectCounts.get()!;
      return { scopes, folders: selectFolders.all(), tags: selectTags.all(), unsummarised };
    },
    facetOf: (query, filter) => {
      const { sql, values } = whereWithout(query, filter);
      const from =
        filter === 'strategy'
          ? `SELECT text AS name, count(*) AS count FROM search_fragments
             WHERE field = 'strategy' AND item IN (SELECT item FROM catalog WHERE ${sql}) GROUP BY text`
          : `SELECT ${WORD_COLUMNS[filter]} AS name, count(*) AS count FROM catalog
             WHERE ${sql} AND ${WORD_COLUMNS[filter]} IS NOT NULL GROUP BY 1`;
      return database
        .prepare<unknown[], NameCount>(`${from} ORDER BY count DESC, name LIMIT ${MOST_FACETS}`)
        .all(...values);
    },
    changeLabels: (changes) =>
      database
        .transaction(() => {
          const undo = new Map<string, { ids: string[]; set: (typeof changes)[number]['set'] }>();
          let changed = 0;
          // Taken back in the opposite order, so that the same study may appear twice.
          for (const { ids, set } of changes)
            for (const id of ids) {
              const before = labelsOf(id);
              const { item } = before;
              const next = {
                item,
                customName: set.customName === undefined ? before.customName : set.customName,
                notes: set.notes ?? before.notes,
                isStarred: Number(set.isStarred ?? before.isStarred),
                folder: set.folder ?? before.folder,
                archivedAt: stamp(set.isArchived, before.archivedAt, now),
                trashedAt: stamp(set.isTrashed, before.trashedAt, now),
              };
              const isRenamed = next.customName !== before.customName || next.notes !== before.notes;
              (isRenamed ? updateLabels : updateMarks).run(next);
              const added = (set.addTags ?? []).filter((tag) => insertTag.run(item, tag).changes > 0);
              const removed = (set.removeTags ?? []).filter((tag) => deleteTag.run(item, tag).changes > 0);
              const back = {
                ...(next.customName === before.customName ? {} : { customName: before.customName }),
                ...(next.notes === before.notes ? {} : { notes: before.notes }),
                ...(next.isStarred === before.isStarred ? {} : { isStarred: before.isStarred === 1 }),
                ...(next.folder === before.folder ? {} : { folder: before.folder }),
                ...(next.archivedAt === before.archivedAt ? {} : { isArchived: before.archivedAt !== null }),
                ...(next.trashedAt === before.trashedAt ? {} : { isTrashed: before.trashedAt !== null }),
                ...(added.length === 0 ? {} : { removeTags: added }),
                ...(removed.length === 0 ? {} : { addTags: removed }),
              };
              if (Object.keys(back).length === 0) continue;
              changed++;
              const key = JSON.stringify(back);
              const group = undo.get(key);
              if (group) group.ids.push(id);
              else undo.set(key, { ids: [id], set: back });
            }
          return { changed, undo: [...undo.values()].reverse() };
        })
        .immediate(),
    listTrash: () =>
      database
        .prepare<[], { id: string; kind: StudyRow['kind'] }>(
          'SELECT id, kind FROM catalog WHERE trashed_at IS NOT NULL ORDER BY item',
        )
        .all(),
    listUnsummarised: (limit) => selectUnsummarised.all(limit),
    recordSummary: (id, updatedAt, summary) => {
      updateSummary.run({ id, summaryOf: updatedAt, ...summary });
    },
    listCheckpointUse: () =>
      database
        .prepare<[], { hash: string; bytes: number; studyId: string; studies: number }>(
          `SELECT hash, max(bytes) AS bytes, min(study_id) AS studyId, count(DISTINCT study_id) AS studies
           FROM checkpoints JOIN runs ON runs.id = run_id GROUP BY hash`,
        )
        .all(),
  };
}

/** A mark with its time: kept when it was set before, now when it is new. */
function stamp(wanted: boolean | undefined, before: string | null, now: Clock): string | null {
  if (wanted === undefined) return before;
  return wanted ? (before ?? now()) : null;
}

function toRow(row: ListedRow): StudyRow {
  const { item: _, isStarred, archivedAt, summaryOf, runsDone, runsTotal, tags, ...rest } = row;
  return {
    ...rest,
    tags: JSON.parse(tags) as string[],
    isStarred: isStarred === 1,
    isArchived: archivedAt !== null,
    isSummarised: summaryOf === row.updatedAt,
    progress: row.state === 'running' ? { done: runsDone, total: runsTotal } : null,
  };
}
