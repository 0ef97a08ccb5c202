/**
 * The study behind docs/evidence.md.
 *
 *     npm run study:paper                      runs what is not recorded yet (hours), records, writes the page
 *     npm run study:paper -- --again           runs everything, recorded or not
 *     npm run study:paper -- --from-recorded   writes the page and its plots from the recorded curves (seconds)
 *     npm run study:paper -- --home DIR        where the studies are kept; .paper in the repository by default
 *     npm run study:paper -- --record          records what has finished so far, without running more
 *
 * Interrupted studies go on where they were. Not part of the tests: a test only checks that the recorded curves give
 * the page that is committed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import { readRecordedAudits, writeRecordedAudits } from '../../src-main/data/recorded-audit-file.ts';
import { HISTORY_FILE, openHistory } from '../../src-main/history/open-history.ts';
import { composeStudyService } from '../../src-main/service/compose.ts';
import { recordedAudit } from '../../src-main/service/recorded-audits.ts';
import { readStudyFile } from '../../src-main/service/study-file.ts';
import { evidencePage } from './page.ts';
import { correlationPlot, policyPlot, regretPlot } from './plots.ts';
import type { AuditOf, RecordedStacking } from './recorded.ts';
import { recordStacking } from './recorded.ts';
import type { Setting } from './settings.ts';
import { AUDITS, SEEDS, STACKINGS } from './settings.ts';

const here = import.meta.dirname;
const root = join(here, '../..');
const AUDIT_FILE = join(here, 'recorded', 'audits.parquet');
const STACKING_FILE = join(here, 'recorded', 'stacking.json');

const studyFile = (key: string): string => join(root, 'resources', 'studies', 'paper', `${key}.yaml`);

/** What has been recorded before; empty without files. */
async function readRecorded(): Promise<{ audits: RecordedAudit[]; stackings: RecordedStacking[] }> {
  return {
    audits: existsSync(AUDIT_FILE) ? await readRecordedAudits(AUDIT_FILE) : [],
    stackings: existsSync(STACKING_FILE)
      ? (JSON.parse(readFileSync(STACKING_FILE, 'utf8')) as RecordedStacking[])
      : [],
  };
}

/** Runs every study that is not there, seed by seed, so that whatever is done is balanced over the settings. */
async function runAll(home: string, isAgain: boolean): Promise<void> {
  const service = composeStudyService(home);
  const { audits, stackings } = isAgain ? { audits: [], stackings: [] } : await readRecorded();
  const isThere = ({ key, study }: Setting, seed: number): boolean =>
    audits.some((audit) => audit.name === study && audit.seed === seed) ||
    stackings.some((stacking) => stacking.setting === key && stacking.seed === seed);
  for (const seed of SEEDS)
    for (const setting of [...AUDITS, ...STACKINGS]) {
      if (isThere(setting, seed)) continue;
      const { key } = setting;
      console.error(`${key}, seed ${seed}`);
      const spec = { ...readStudyFile(studyFile(key)), seed };
      let shown = 0;
      await service.run(spec, `espalier study run resources/studies/paper/${key}.yaml --seed ${seed}`, {
        signal: new AbortController().signal,
        onStart: () => {},
        onProgress: ({ flopsDone, flopsTotal }) => {
          const done = Math.floor((10 * flopsDone) / flopsTotal);
          if (done > shown) console.error(`  ${10 * done} %`);
          shown = Math.max(shown, done);
        },
      });
    }
}

/** Writes the recorded curves of every study that is finished here, and keeps those recorded elsewhere. */
async function record(home: string): Promise<void> {
  if (!existsSync(join(home, HISTORY_FILE))) throw new Error(`there is no history in ${home}`);
  const before = await readRecorded();
  const service = composeStudyService(home);
  const history = openHistory(home, { mode: 'read' });
  try {
    const finished = history.listStudies().filter(({ state }) => state === 'finished');
    const idOf = ({ study }: Setting, seed: number): string | undefined =>
      finished.find((one) => one.name === study && one.seed === seed)?.id;
    const inOrder = <Item>(
      settings: readonly Setting[],
      here: (id: string, setting: Setting) => Item,
      elsewhere: (setting: Setting, seed: number) => Item | undefined,
    ): Item[] =>
      settings.flatMap((setting) =>
        SEEDS.flatMap((seed) => {
          const id = idOf(setting, seed);
          const item = id === undefined ? elsewhere(setting, seed) : here(id, setting);
          return item === undefined ? [] : [item];
        }),
      );
    const audits = inOrder(
      AUDITS,
      (id) => recordedAudit(history, id),
      ({ study }, seed) => before.audits.find((audit) => audit.name === study && audit.seed === seed),
    );
    const stackings = inOrder(
      STACKINGS,
      (id, { key }) => {
        const analysis = service.analyse(id);
        if (analysis.mode !== 'stacking') throw new Error(`study ${id} is no stacking study`);
        return recordStacking(key, analysis);
      },
      ({ key }, seed) => before.stackings.find((one) => one.setting === key && one.seed === seed),
    );
    mkdirSync(join(here, 'recorded'), { recursive: true });
    await writeRecordedAudits(AUDIT_FILE, audits);
    writeFileSync(STACKING_FILE, `${JSON.stringify(stackings)}\n`);
    console.error(`recorded ${audits.length} audits and ${stackings.length} stacking studies`);
  } finally {
    history.close();
  }
}

/** Page and plots by path, from the recorded curves alone. */
export async function evidenceFiles(): Promise<Map<string, string>> {
  const recorded = await readRecorded();
  const { stackings } = recorded;
  const audits = recorded.audits.map(
    (audit): AuditOf => ({ setting: AUDITS.find(({ study }) => study === audit.name)!.key, audit }),
  );
  return new Map([
    [join(root, 'docs', 'evidence.md'), evidencePage(audits, stackings)],
    [join(here, 'correlation.svg'), correlationPlot(audits)],
    [join(here, 'regret.svg'), regretPlot(audits)],
    [join(here, 'policies.svg'), policyPlot(stackings)],
  ]);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      'from-recorded': { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
      home: { type: 'string', default: join(root, '.paper') },
    },
  });
  if (!values['from-recorded']) {
    if (!values.record) await runAll(values.home, values.again);
    await record(values.home);
  }
  for (const [path, text] of await evidenceFiles()) {
    writeFileSync(path, text);
    console.error(`wrote ${path}`);
  }
}
