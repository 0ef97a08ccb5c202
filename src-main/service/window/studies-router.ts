/** The home view: list, labels, trash, storage, comparison, evidence. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { implement } from '@orpc/server';
import { Document, parseDocument } from 'yaml';
import { EspalierError } from '../../contract/errors.ts';
import type { EvidenceFilter } from '../../contract/evidence.ts';
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import type { StudyRecord } from '../../contract/records.ts';
import {
  LIST_SCOPES,
  type ListScope,
  type StudiesRemoved,
  type StudyChanges,
  type StudyUndo,
  studiesContract,
} from '../../contract/window/studies.ts';
import type { History } from '../../history/history.ts';
import { HISTORY_FILE } from '../../history/open-history.ts';
import { removeOrphanCheckpoints } from '../../lag/orphan-checkpoints.ts';
import { deleteCheckpointFiles } from '../../lag/run-executor.ts';
import type { StoredFacts } from '../../lag/study-facts.ts';
import { evidenceSentences, gatherEvidence } from '../evidence-service.ts';
import { LANDSCAPE_FOLDER } from '../home.ts';
import { changesOf } from './changes.ts';
import type { WindowContext } from './context.ts';
import { checkpointFiles, storageUse } from './storage-use.ts';
import { compareStudies } from './study-comparison.ts';
import { expansionOf, expansionOfImported } from './study-expansion.ts';
import { StudySummaries } from './study-summaries.ts';

/** At most this often, in milliseconds, does a watcher hear of changes. */
const LEAST_INTERVAL = 250;
/** Milliseconds between two looks whether another process wrote to the history. */
const POLL = 2000;
/** More changed studies are told as "any". */
const MOST_NAMED = 200;

export function studiesRouter(context: WindowContext) {
  const { home, reader, histories, studies, news, jobs } = context;
  const listeners = new Set<(ids: readonly string[]) => void>();
  const tell = (ids: readonly string[]): void => {
    const told = ids.length > MOST_NAMED ? [] : ids;
    for (const listener of [...listeners]) listener(told);
  };
  const summaries = new StudySummaries(reader, histories, tell);
  const router = implement(studiesContract);

  const read = <Result>(action: (history: History) => Result, otherwise: Result): Result =>
    reader.read(action) ?? otherwise;

  const change = (changes: StudyChanges): StudyUndo => {
    const trashing = new Set(changes.flatMap(({ ids, set }) => (set.isTrashed ? ids : [])));
    const running = jobs
      .list()
      .find(
        ({ studyId, state }) =>
          studyId !== null && trashing.has(studyId) && (state === 'running' || state === 'pausing'),
      );
    if (running)
      throw new EspalierError('refused', `${running.name} is training; it cannot go to the trash now`, {
        hint: 'Pause it in the queue first.',
      });
    const undo = histories.write((history) => history.changeLabels(changes));
    const ids = changes.flatMap((one) => one.ids);
    if (ids.length <= MOST_NAMED) for (const id of ids) news.tell(id);
    tell(ids);
    return undo;
  };

  const importedAudit = (id: string): RecordedAudit | undefined =>
    read((history) => history.listImportedAudits(), []).find((audit) => audit.id === id)?.audit;

  const removed = (before: ReadonlyMap<string, number>, count: number): StudiesRemoved => {
    const after = checkpointFiles(home.checkpoints);
    const gone = [...before].filter(([hash]) => !after.has(hash));
    return {
      studies: count,
      checkpointFiles: gone.length,
      freedBytes: gone.reduce((sum, [, bytes]) => sum + bytes, 0),
    };
  };

  return {
    list: router.list.handler(({ input }) => {
      summaries.wake();
      return read((history) => history.listCatalog(input.query, input.sort, input), {
        rows: [],
        total: 0,
        candidates: 0,
      });
    }),
    ids: router.ids.handler(({ input }) =>
      read((history) => history.listCatalogIds(input.query, input.sort), []),
    ),
    rows: router.rows.handler(({ input }) => read((history) => history.catalogRows(input.ids), [])),
    counts: router.counts.handler(() =>
      read((history) => history.countCatalog(), {
        scopes: Object.fromEntries(LIST_SCOPES.map((scope) => [scope, 0])) as Record<ListScope, number>,
        folders: [],
        tags: [],
        unsummarised: 0,
      }),
    ),
    facet: router.facet.handler(({ input }) =>
      read((history) => history.facetOf(input.query, input.filter), []),
    ),
    expand: router.expand.handler(({ input }) => {
      const audit = importedAudit(input.id);
      return audit ? expansionOfImported(audit) : expansionOf(studies.analyse(input.id));
    }),
    update: router.update.handler(({ input }) => change(input.changes)),
    remove: router.remove.handler(({ input }) => change([{ ids: input.ids, set: { isTrashed: true } }])),
    restore: router.restore.handler(({ input }) => change([{ ids: input.ids, set: { isTrashed: false } }])),
    emptyTrash: router.emptyTrash.handler(() => {
      const before = checkpointFiles(home.checkpoints);
      const gone = histories.write((history) => {
        const trash = history.listTrash();
        const unused = history.transaction(() =>
          trash.flatMap(({ id, kind }) => {
            if (kind === 'study') return history.removeStudy(id);
            history.removeImportedAudit(id);
            return [];
          }),
        );
        deleteCheckpointFiles(home.checkpoints, unused);
        for (const { id } of trash)
          rmSync(join(home.folder, LANDSCAPE_FOLDER, id), { recursive: true, force: true });
        return trash.map(({ id }) => id);
      });
      for (const id of gone.slice(0, MOST_NAMED)) news.tell(id);
      tell(gone);
      return removed(before, gone.length);
    }),
    storage: router.storage.handler(() =>
      storageUse(
        home,
        read((history) => history, null),
      ),
    ),
    removeOrphans: router.removeOrphans.handler(() => {
      if (histories.isWriting)
        throw new EspalierError('refused', 'a study is training; its checkpoints are still being written', {
          hint: 'Pause it in the queue, or wait for its end.',
        });
      const before = checkpointFiles(home.checkpoints);
      histories.write((history) => removeOrphanCheckpoints(home.checkpoints, history));
      return removed(before, 0);
    }),
    compare: router.compare.handler(({ input }) => {
      const imported = input.ids.map(importedAudit).find((audit) => audit !== undefined);
      if (imported)
        throw new EspalierError('refused', `${imported.name} was imported; it has no study file to compare`, {
          hint: 'Look at it in the evidence instead, which counts imported audits.',
        });
      return compareStudies(
        input.ids.map((id) => ({
          analysis: studies.analyse(id),
          spec: JSON.parse(studies.find(id).specJson) as unknown,
        })),
      );
    }),
    file: router.file.handler(({ input }) => {
      if (importedAudit(input.id)) throw new EspalierError('refused', 'an imported audit has no study file');
      return { text: documentOf(studies.find(input.id)).toString({ lineWidth: 0 }) };
    }),
    duplicate: router.duplicate.handler(({ input }) => {
      if (importedAudit(input.id))
        throw new EspalierError('refused', 'an imported audit has no study file; it cannot be duplicated');
      const study = studies.find(input.id);
      const name = `${study.name} copy`;
      const document = documentOf(study);
      document.set('name', name);
      return { name, text: document.toString() };
    }),
    evidence: router.evidence.handler(({ input }) => {
      try {
        const report = gatherEvidence(home, input as EvidenceFilter);
        return { report, sentences: evidenceSentences(report) };
      } catch (error) {
        // Too little is an answer, not a failure.
        if (error instanceof EspalierError && error.code === 'refused')
          return { none: error.message, hint: error.hint ?? null };
        throw error;
      }
    }),
    watch: router.watch.handler(async function* ({ signal }) {
      let changed: Set<string> | null = new Set();
      const note = (ids: readonly string[]): void => {
        if (ids.length === 0) changed = null;
        else for (const id of ids) changed?.add(id);
      };
      const subscribe = (listener: () => void): (() => void) => {
        const own = (ids: readonly string[]): void => {
          note(ids);
          listener();
        };
        listeners.add(own);
        const stopNews = news.on(null, (id) => own([id]));
        const stopPolling = pollHistory(home.folder, () => own([]));
        return () => {
          listeners.delete(own);
          stopNews();
          stopPolling();
        };
      };
      for await (const _ of changesOf(subscribe, LEAST_INTERVAL, signal)) {
        const ids: readonly string[] = changed === null ? [] : [...(changed as Set<string>)];
        changed = new Set();
        yield ids;
      }
    }),
  };
}

/** Tells when the files of the history changed, whoever wrote. Returns how to stop. */
function pollHistory(folder: string, onChange: () => void): () => void {
  const stamp = (): string =>
    ['', '-wal']
      .map((ending) => statSync(join(folder, `${HISTORY_FILE}${ending}`), { throwIfNoEntry: false }))
      .map((found) => (found ? `${found.mtimeMs} ${found.size}` : ''))
      .join(' ');
  let last = stamp();
  const timer = setInterval(() => {
    const now = stamp();
    if (now !== last) onChange();
    last = now;
  }, POLL);
  timer.unref();
  return () => clearInterval(timer);
}

/** The file a study was started with, comments included where they were kept. */
function documentOf(study: Pick<StudyRecord, 'factsJson' | 'specJson'>): Document {
  const facts = JSON.parse(study.factsJson) as Partial<StoredFacts>;
  return facts.studyYaml ? parseDocument(facts.studyYaml) : new Document(JSON.parse(study.specJson));
}
