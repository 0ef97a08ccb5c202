import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterEach, describe, expect, it } from 'vitest';
import { LANDSCAPE_ANALYSES } from '../../../src-main/contract/landscape.ts';
import type { Job } from '../../../src-main/contract/window/jobs.ts';
import { trainerLauncher } from '../../../src-main/service/compose.ts';
import { resolveHome } from '../../../src-main/service/home.ts';
import { makeWindowContext, type WindowContext } from '../../../src-main/service/window/context.ts';
import { RemainingTime } from '../../../src-main/service/window/remaining-time.ts';
import { windowRouter } from '../../../src-main/service/window/router.ts';
import { TrainingSpeed } from '../../../src-main/service/window/training-speed.ts';

const TINY = readFileSync(resolve(import.meta.dirname, '../../e2e/tiny-study.yaml'), 'utf8');
/** Long enough to be stopped in the middle. */
const LONG = TINY.replace('name: tiny', 'name: long').replaceAll('steps: 12', 'steps: 20000');
const folder = mkdtempSync(join(tmpdir(), 'espalier-queue-'));
const open: WindowContext[] = [];

function windowIn(name: string) {
  const context = makeWindowContext(resolveHome(join(folder, name)), trainerLauncher);
  open.push(context);
  return { context, service: createRouterClient(windowRouter(context)) };
}

/** Follows the stream until the queue looks as it must. */
async function until(
  { service }: ReturnType<typeof windowIn>,
  holds: (jobs: readonly Job[]) => boolean,
): Promise<readonly Job[]> {
  for await (const jobs of await service.jobs.watch()) if (holds(jobs)) return jobs;
  throw new Error('the stream ended');
}

afterEach(async () => {
  for (const context of open.splice(0)) await context.jobs.close();
  if (open.length === 0) rmSync(folder, { recursive: true, force: true });
});

describe('the queue', () => {
  it('estimates, runs and ends a study, progress on the way', async () => {
    const window = windowIn('run');
    const estimate = await window.service.jobs.estimate({ text: TINY });
    expect(estimate).toMatchObject({ name: 'tiny', seconds: null });
    expect(estimate.flops).toBeGreaterThan(0);
    const added = await window.service.jobs.add({ text: TINY });
    expect(added).toMatchObject({ name: 'tiny', studyId: estimate.studyId, state: 'running' });
    const [done] = await until(window, ([job]) => job?.state === 'finished' || job?.state === 'failed');
    expect(done).toMatchObject({ state: 'finished', progress: { share: 1 } });
    expect(window.context.studies.analyse(done?.studyId ?? '').state).toBe('finished');
    await expect(window.service.jobs.resumeStudy({ studyId: done?.studyId ?? '' })).rejects.toThrow(
      /is finished/,
    );
  });

  it('measures the landscape of a finished study, and that once', async () => {
    const window = windowIn('landscape');
    const { studyId } = await window.service.jobs.add({ text: TINY });
    const id = studyId ?? '';
    await until(window, ([job]) => job?.state === 'running');
    await expect(window.service.jobs.measureLandscape({ studyId: id })).rejects.toThrow(/needs it finished/);
    await until(window, ([job]) => job?.state === 'finished');
    const before = await window.service.dynamics.landscape({ studyId: id });
    expect(before).toEqual({ analysis: null, refusal: null, command: `espalier landscape ${id}` });
    const job = await window.service.jobs.measureLandscape({ studyId: id });
    expect(job).toMatchObject({ studyId: id, work: 'landscape', state: 'running' });
    expect(await window.service.jobs.measureLandscape({ studyId: id })).toMatchObject({ id: job.id });
    // The window can write while parts are measured.
    await window.service.studies.update({ changes: [{ ids: [id], set: { notes: 'meanwhile' } }] });
    const [, done] = await until(window, ([, now]) => now?.state === 'finished' || now?.state === 'failed');
    expect(done).toMatchObject({ state: 'finished', progress: { phase: 'landscape', share: 1 } });
    const { analysis } = await window.service.dynamics.landscape({ studyId: id });
    for (const name of LANDSCAPE_ANALYSES) expect(analysis?.[name].length).toBeGreaterThan(0);
    await expect(window.service.jobs.measureLandscape({ studyId: 'nowhere' })).rejects.toThrow(/nowhere/);
  }, 60_000);

  it('refuses a wrong study file naming the field, and a wrong input naming what is allowed', async () => {
    const { service } = windowIn('wrong');
    await expect(service.jobs.add({ text: TINY.replace('horizon: 12', 'horizon: -1') })).rejects.toThrow(
      /horizon/,
    );
    await expect(service.jobs.pause({ id: 'job-00000000' })).rejects.toThrow(/no job job-00000000/);
    await expect(service.jobs.pause({ id: 'x' })).rejects.toThrow();
    expect(await service.jobs.list()).toEqual([]);
  });

  it('pauses at a safe point, orders what waits, and has it all again after a restart', async () => {
    const window = windowIn('restart');
    const { service } = window;
    const long = await service.jobs.add({ text: LONG });
    const second = await service.jobs.add({ text: TINY });
    const third = await service.jobs.add({ text: TINY.replace('name: tiny', 'name: other\nseed: 2') });
    expect(await service.jobs.add({ text: TINY })).toMatchObject({ id: second.id, state: 'waiting' });
    expect((await service.jobs.move({ id: third.id, place: 0 })).map(({ id }) => id)).toEqual([
      long.id,
      third.id,
      second.id,
    ]);
    await expect(service.jobs.dismiss({ id: long.id })).rejects.toThrow(/it is running/);
    await expect(service.jobs.move({ id: long.id, place: 0 })).rejects.toThrow(/must be waiting/);
    for (const { id } of [second, third])
      expect(await service.jobs.pause({ id })).toMatchObject({ state: 'paused' });
    await until(window, (jobs) => (jobs.find(({ id }) => id === long.id)?.progress?.share ?? 0) > 0);
    expect(await service.jobs.pause({ id: long.id })).toMatchObject({ state: 'pausing' });
    await until(window, (jobs) => jobs.every(({ state }) => state === 'paused'));
    await window.context.jobs.close();

    const again = windowIn('restart');
    expect((await again.service.jobs.list()).map(({ name, state }) => [name, state])).toEqual([
      ['long', 'paused'],
      ['other', 'paused'],
      ['tiny', 'paused'],
    ]);
    await again.service.jobs.dismiss({ id: third.id });
    const names = async () => (await again.service.jobs.list()).map(({ name }) => name);
    expect(await names()).toEqual(['long', 'tiny']);
    await again.service.jobs.restore({ id: third.id });
    expect(await names()).toEqual(['long', 'other', 'tiny']);
    await expect(again.service.jobs.restore({ id: third.id })).rejects.toThrow(/no job/);
    await again.service.jobs.dismiss({ id: second.id });
    const { id: anew } = await again.service.jobs.add({ text: TINY });
    await expect(again.service.jobs.restore({ id: second.id })).rejects.toThrow(/in the queue again/);
    await again.service.jobs.dismiss({ id: third.id });
    const jobs = await until(again, (all) => all.find(({ id }) => id === anew)?.state === 'finished');
    expect(jobs.map(({ state }) => state)).toEqual(['paused', 'finished']);
  });
});

describe('TrainingSpeed', () => {
  it('counts steps of all runs over the last seconds, and not what was done before', () => {
    let now = 0;
    const speed = new TrainingSpeed(100, () => now);
    expect(speed.after('resumed', 500)).toBeNull();
    now = 2000;
    expect(speed.after('resumed', 504)).toBe(200);
    now = 4000;
    expect(speed.after('other', 0)).toBe(100);
    expect(speed.after('other', 4)).toBe(200);
    // An hour in which nothing was heard counts as time.
    now = 3_604_000;
    expect(speed.after('other', 5)).toBeLessThan(1);
    now = 3_624_000;
    speed.after('other', 25);
    now = 3_644_000;
    expect(speed.after('other', 45)).toBeCloseTo(100, 9);
  });
});

describe('RemainingTime', () => {
  it('counts from where the run went on, and says nothing before it has seen enough', () => {
    let now = 0;
    const time = new RemainingTime(() => now);
    expect(time.secondsLeft(0.5)).toBeNull();
    now = 1000;
    expect(time.secondsLeft(0.6)).toBeNull();
    now = 10_000;
    expect(time.secondsLeft(0.6)).toBeCloseTo(40, 9);
    expect(time.secondsLeft(1)).toBe(0);
  });
});
