/** A full disk and a folder that is away stop a study without losing it, and it goes on by itself. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { EspalierError, isDiskFull } from '../../../src-main/contract/errors.ts';
import { trainerLauncher } from '../../../src-main/service/compose.ts';
import { resolveHome } from '../../../src-main/service/home.ts';
import { makeWindowContext } from '../../../src-main/service/window/context.ts';
import { JobQueue, type Workers } from '../../../src-main/service/window/job-queue.ts';
import { windowRouter } from '../../../src-main/service/window/router.ts';
import { StudyNews } from '../../../src-main/service/window/study-news.ts';

const TINY = readFileSync(resolve(import.meta.dirname, '../../e2e/tiny-study.yaml'), 'utf8');
const LONG = TINY.replace('name: tiny', 'name: long').replaceAll('steps: 12', 'steps: 20000');
const folder = mkdtempSync(join(tmpdir(), 'espalier-holds-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const noSpace = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

describe('isDiskFull', () => {
  it('finds the cause however deep it lies, and in what a trainer tells', () => {
    expect(isDiskFull(new EspalierError('failed', 'x', { cause: noSpace() }))).toBe(true);
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    expect(isDiskFull(new EspalierError('failed', 'x', { cause: new Error('y', { cause: full }) }))).toBe(
      true,
    );
    expect(isDiskFull(new EspalierError('refused', 'A file could not be written: ENOSPC: no space'))).toBe(
      true,
    );
    expect(isDiskFull(new EspalierError('failed', 'damaged'))).toBe(false);
    expect(isDiskFull(new Error('ENOSPC'))).toBe(false);
    expect(isDiskFull('ENOSPC')).toBe(false);
  });
});

describe('a study on a full disk', () => {
  it('is paused with what it needs, and goes on when there is space', async () => {
    const home = resolveHome(join(folder, 'full'));
    let free = 100;
    let runs = 0;
    const run = async (
      _spec: unknown,
      _reproduce: string,
      options: { onStart: (start: unknown) => void },
    ) => {
      runs++;
      options.onStart({ studyId: 's', name: 'tiny', estimate: { diskBytes: 2 ** 20 } });
      if (free < 2 ** 20) throw new EspalierError('failed', 'The history', { cause: noSpace() });
    };
    const workers = {
      studies: { estimate: () => ({ studyId: 's', name: 'tiny' }), run },
    } as unknown as Workers;
    const facts = { freeBytes: () => free, studiesAway: () => 0 };
    const queue = new JobQueue(home, workers, new StudyNews(), facts, 5);
    queue.add(TINY);
    await vi.waitFor(() => expect(queue.list()[0]?.hold).not.toBeNull());
    expect(queue.list()[0]).toMatchObject({
      state: 'paused',
      failure: null,
      hold: { kind: 'disk-full', freeBytes: 100, neededBytes: 9 * 2 ** 20 },
    });
    free = 200;
    await vi.waitFor(() => expect(queue.list()[0]?.hold).toMatchObject({ freeBytes: 200 }));
    expect(runs).toBe(1);
    // Another start of the service waits on.
    const again = new JobQueue(home, workers, new StudyNews(), facts, 5);
    expect(again.list()[0]).toMatchObject({ state: 'paused', hold: { kind: 'disk-full' } });
    await again.close();
    free = 10 * 2 ** 20;
    await vi.waitFor(() => expect(queue.list()[0]?.state).toBe('finished'));
    expect(queue.list()[0]).toMatchObject({ hold: null });
    expect(runs).toBe(2);
    await queue.close();
  });
});

describe('checkpoints in a folder that is pulled out', () => {
  it('are named, kept in the history, and used again when the folder is back', async () => {
    const home = resolveHome(join(folder, 'away'));
    const context = makeWindowContext(home, trainerLauncher);
    const service = createRouterClient(windowRouter(context));
    const { id, studyId } = await service.jobs.add({ text: LONG });
    const ended = (state: string) => () => expect(context.jobs.list()[0]?.state).toBe(state);
    await vi.waitFor(() => expect(context.jobs.list()[0]?.progress?.share ?? 0).toBeGreaterThan(0), 20_000);
    await service.jobs.pause({ id });
    await vi.waitFor(ended('paused'), 20_000);
    const kept = context.histories.read((history) => history.listCheckpointUse());
    expect(kept.length).toBeGreaterThan(0);

    renameSync(home.checkpoints, `${home.checkpoints}-gone`);
    const health = await service.machine.watchHealth();
    const next = await health[Symbol.asyncIterator]().next();
    expect(next.value).toEqual({ folder: home.checkpoints, awayStudies: [studyId] });
    await service.jobs.resume({ id });
    await vi.waitFor(() =>
      expect(context.jobs.list()[0]?.hold).toEqual({
        kind: 'folder-away',
        folder: home.checkpoints,
        studies: 1,
      }),
    );
    expect(existsSync(home.checkpoints)).toBe(false);
    expect(context.histories.read((history) => history.listCheckpointUse())).toEqual(kept);

    renameSync(`${home.checkpoints}-gone`, home.checkpoints);
    await vi.waitFor(ended('running'), 10_000);
    const events = context.histories.read((history) => history.listEvents(studyId!));
    expect(events.filter(({ kind }) => kind === 'checkpoint-lost')).toEqual([]);
    await context.jobs.close();
    expect((await service.machine.forgetCheckpoints()).awayStudies).toEqual([]);
  });
});
