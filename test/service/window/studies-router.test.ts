import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseStudy } from '../../../src-main/contract/study-text.ts';
import type { StudyPage } from '../../../src-main/contract/window/studies.ts';
import { openHistory } from '../../../src-main/history/open-history.ts';
import { makeWindowContext, type WindowContext } from '../../../src-main/service/window/context.ts';
import { studiesRouter } from '../../../src-main/service/window/studies-router.ts';
import { flatten } from '../../../src-main/service/window/study-comparison.ts';
import { localTrainers } from '../../lag/local-trainers.ts';
import { tinyStacking } from '../../lag/tiny-stacking.ts';
import { runOptions, TestHome, tinyStudy } from '../../lag/tiny-study.ts';

const test = new TestHome();
let context: WindowContext;
const serviceOf = () => createRouterClient(studiesRouter(context));
let service: ReturnType<typeof serviceOf>;
const ids = { audit: '', other: '', select: '', stacking: '' };

beforeAll(async () => {
  context = makeWindowContext(test.home, () => localTrainers());
  const { studies } = context;
  const run = async (spec: Parameters<typeof studies.estimate>[0]): Promise<string> =>
    (spec.mode === 'stacking'
      ? await studies.run(spec, '', runOptions())
      : await studies.run(spec, '', runOptions())
    ).id;
  ids.audit = await run(tinyStudy({ name: 'first audit', mode: 'audit' }));
  ids.other = await run(
    tinyStudy({ name: 'second audit', mode: 'audit', seed: 4, recipe: { batchSize: 4, warmupSteps: 5 } }),
  );
  ids.select = await run(tinyStudy({ name: 'a choice' }));
  ids.stacking = await run(tinyStacking());
  service = serviceOf();
}, 120_000);
afterAll(() => test.remove());

beforeEach(async () => {
  const trash = (await service.ids({ query: { scope: 'trash' } })) as string[];
  if (trash.length > 0) await service.restore({ ids: trash });
});

/** The list once everything in it is summarised. */
async function settled(): Promise<StudyPage> {
  for (let tries = 0; tries < 100; tries++) {
    const page = await service.list({ sort: [{ by: 'name', descending: false }] });
    if ((await service.counts()).unsummarised === 0) return page;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error('the studies were never summarised');
}

describe('studies.list', () => {
  it('is empty where there is no history, and nothing fails', async () => {
    const empty = new TestHome();
    const other = createRouterClient(studiesRouter(makeWindowContext(empty.home, () => localTrainers())));
    expect(await other.list({})).toEqual({ rows: [], total: 0, candidates: 0 });
    expect((await other.counts()).scopes.all).toBe(0);
    expect((await other.storage()).studies).toEqual([]);
    expect(await other.evidence({})).toMatchObject({ none: expect.stringMatching(/no finished audit/) });
    empty.remove();
  });

  it('shows what each analysis found, soon after it is asked for', async () => {
    const page = await settled();
    expect(page.rows.map(({ name }) => name)).toEqual([
      'a choice',
      'first audit',
      'second audit',
      'tiny stacking',
    ]);
    const row = page.rows.find(({ id }) => id === ids.audit)!;
    const analysis = context.studies.analyse(ids.audit);
    if (analysis.mode === 'stacking') throw new Error('not an audit');
    const finals = analysis.candidates.filter((one) => !one.isControl).map(({ finalLoss }) => finalLoss!);
    const chosen = analysis.candidates.find(({ isChosen }) => isChosen)!;
    expect(row).toMatchObject({
      chosen: chosen.strategy,
      chosenPlan: chosen.plan,
      poolSize: 4,
      isSummarised: true,
    });
    expect(row.bestFinal).toBe(Math.min(...finals));
    expect(row.regret).toBeCloseTo(chosen.finalLoss! - Math.min(...finals), 12);
    expect(row.rho).toBeGreaterThanOrEqual(-1);
    const select = page.rows.find(({ id }) => id === ids.select)!;
    expect(select).toMatchObject({ rho: null, regret: null, bestFinal: expect.any(Number) });
    const stacking = page.rows.find(({ id }) => id === ids.stacking)!;
    expect(stacking).toMatchObject({ depths: '1→2→4', chosen: expect.stringMatching(/ → /), rho: null });
  });

  it('says what is wrong with a query', async () => {
    await expect(service.list({ limit: 9999 })).rejects.toThrow();
    await expect(
      service.update({ changes: [{ ids: ['nothing'], set: { isStarred: true } }] }),
    ).rejects.toThrow(/There is no study "nothing"/);
  });
});

describe('studies.expand', () => {
  it('lists an audit by final loss and a stacking study by policy', async () => {
    const audit = await service.expand({ id: ids.audit });
    expect(audit).toMatchObject({ order: 'final', lines: 'candidates' });
    const finals = audit.candidates.map(({ finalLoss }) => finalLoss!);
    expect(finals).toEqual(finals.toSorted((a, b) => a - b));
    expect(audit.candidates[0]).toMatchObject({ regret: 0, rank: 1 });
    expect(audit.candidates.filter(({ isChosen }) => isChosen)).toHaveLength(1);
    expect((await service.expand({ id: ids.select })).order).toBe('lag');
    const stacking = await service.expand({ id: ids.stacking });
    expect(stacking.lines).toBe('policies');
    expect(stacking.candidates.some(({ strategy }) => strategy === 'always stack')).toBe(true);
  });
});

describe('studies.compare', () => {
  it('puts differing settings first, ranks the strategies and says how far the rankings agree', async () => {
    const found = await service.compare({ ids: [ids.audit, ids.other] });
    expect(found.differing.map(({ path, values }) => [path, ...values])).toEqual([
      ['seed', '3', '4'],
      ['recipe.warmupSteps', '4', '5'],
    ]);
    expect(found.equalCount).toBeGreaterThan(20);
    expect(found.rankedBy).toBe('final');
    expect(found.strategies).toHaveLength(4);
    for (const side of [0, 1])
      expect(found.strategies.reduce((sum, { ranks }) => sum + ranks[side]!, 0)).toBe(10);
    expect(found.agreement).toEqual([{ a: 0, b: 1, count: 4, spearman: expect.any(Number) }]);
  });

  it('compares by the lag where a study has no final losses', async () => {
    const found = await service.compare({ ids: [ids.select, ids.audit] });
    expect(found.rankedBy).toBe('final');
    expect((await service.compare({ ids: [ids.select, ids.stacking] })).agreement[0]!.spearman).toBeNull();
    expect(flatten({ a: { b: [1, 2] }, c: [{ d: null }] })).toEqual(
      new Map([
        ['a.b', '1, 2'],
        ['c.0.d', 'null'],
      ]),
    );
  });
});

describe('labels and trash', () => {
  it('change many studies at once and back, and watchers hear of it', async () => {
    const controller = new AbortController();
    const heard: (readonly string[])[] = [];
    const stream = await service.watch(undefined, { signal: controller.signal });
    const reading = (async () => {
      for await (const changed of stream) {
        heard.push(changed);
        controller.abort();
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { undo, changed } = await service.update({
      changes: [{ ids: [ids.audit, ids.select], set: { addTags: ['seen'], customName: 'renamed' } }],
    });
    expect(changed).toBe(2);
    await reading.catch(() => {});
    expect(heard[0]).toEqual(expect.arrayContaining([ids.audit, ids.select]));
    expect((await service.list({ query: { search: 'renamed seen' } })).total).toBe(2);
    expect(context.studies.analyse(ids.audit).name).toBe('renamed');
    await service.update({ changes: undo });
    expect((await service.list({ query: { search: 'renamed' } })).total).toBe(0);
  });

  it('restores from the trash; the command line does not list it', async () => {
    await service.remove({ ids: [ids.select] });
    expect(context.studies.list().map(({ study }) => study.id)).not.toContain(ids.select);
    expect((await service.counts()).scopes).toMatchObject({ all: 3, trash: 1 });
    await service.restore({ ids: [ids.select] });
    expect((await service.counts()).scopes).toMatchObject({ all: 4, trash: 0 });
  });

  it('empties the trash with the checkpoints that nothing else needs', async () => {
    const spec = tinyStudy({ name: 'to go', seed: 77 });
    const { id } = await context.studies.run(spec, '', runOptions());
    const before = await service.storage();
    expect(before.studies.find((one) => one.id === id)!.ownBytes).toBeGreaterThan(0);
    await service.remove({ ids: [id] });
    const trashed = await service.storage();
    expect(trashed.trash.studies).toBe(1);
    const gone = await service.emptyTrash();
    expect(gone).toMatchObject({ studies: 1, freedBytes: trashed.trash.bytes });
    expect(gone.checkpointFiles).toBeGreaterThan(0);
    const after = await service.storage();
    expect(after.checkpointBytes).toBe(before.checkpointBytes - gone.freedBytes);
    expect(() => context.studies.find(id)).toThrow(/no study/);
    expect(context.studies.analyse(ids.audit).state).toBe('finished');
  });

  it('removes checkpoint files that nothing refers to, and no others', async () => {
    const orphan = `${'ab'.repeat(32)}.safetensors`;
    const kept = readdirSync(test.home.checkpoints).length;
    writeFileSync(join(test.home.checkpoints, orphan), 'x'.repeat(100));
    expect((await service.storage()).orphans).toEqual({ files: 1, bytes: 100 });
    expect(await service.removeOrphans()).toMatchObject({ checkpointFiles: 1, freedBytes: 100 });
    expect(existsSync(join(test.home.checkpoints, orphan))).toBe(false);
    expect(readdirSync(test.home.checkpoints)).toHaveLength(kept);
  });

  it('says who writes when another handle holds the history', async () => {
    const writer = openHistory(test.home.folder, { mode: 'write' });
    try {
      await expect(service.remove({ ids: [ids.select] })).rejects.toMatchObject({ code: 'refused' });
      expect((await service.list({})).total).toBe(4);
    } finally {
      writer.close();
    }
  });
});

describe('studies.duplicate', () => {
  it('gives a study file that plans another study', async () => {
    const { name, text } = await service.duplicate({ id: ids.audit });
    expect(name).toBe('first audit copy');
    const spec = parseStudy({ path: 'copy', text });
    expect(spec).toMatchObject({ name, mode: 'audit', seed: 3 });
    expect(context.studies.estimate(spec).studyId).not.toBe(ids.audit);
  });
});

describe('studies.evidence', () => {
  it('sums up the audits of the history, without those in the trash', async () => {
    const answer = await service.evidence({});
    if ('none' in answer) throw new Error(answer.none);
    expect(answer.report.audits).toHaveLength(2);
    expect(answer.sentences.length).toBeGreaterThan(0);
    await service.remove({ ids: [ids.audit] });
    const less = await service.evidence({});
    if ('none' in less) throw new Error(less.none);
    expect(less.report.audits).toHaveLength(1);
  });
});
