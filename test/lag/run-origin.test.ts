/** Weight distances are measured from step 0: what runs keep for that, and what happens when it is gone. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrainerEvent, TrainerJob } from '../../src-main/contract/job.ts';
import type { CheckpointRecord, EvaluationRecord } from '../../src-main/contract/records.ts';
import { checkpointFileName } from '../../src-main/training/checkpoint-file.ts';
import { localTrainers } from './local-trainers.ts';
import { TestHome, tinyStudy } from './tiny-study.ts';

let test: TestHome;
beforeEach(() => {
  test = new TestHome();
});
afterEach(() => test.remove());

const study = tinyStudy({ compute: { trainers: 1, checkpointSeconds: 0 } });
const pathOf = ({ hash }: CheckpointRecord): string => join(test.home.checkpoints, checkpointFileName(hash));

/** Checkpoints of the run of this name in the only study. */
const checkpointsOf = (name: string): CheckpointRecord[] =>
  test.read((history) => history.listCheckpoints(`${history.listStudies()[0]!.id}/${name}`));
const distancesOf = (home: TestHome, name: string): (number | null)[] =>
  home
    .read((history): EvaluationRecord[] => history.listEvaluations(`${history.listStudies()[0]!.id}/${name}`))
    .map(({ weightDistance }) => weightDistance);

async function interruptAt(run: string, step: number): Promise<void> {
  const stop = new AbortController();
  const diesAt = (event: TrainerEvent): boolean => {
    const isThere = event.kind === 'evaluation' && event.runId.endsWith(run) && event.step === step;
    if (isThere) stop.abort();
    return isThere;
  };
  await test.run(study, localTrainers({ diesAt }), { signal: stop.signal }).catch(() => {});
}

describe('executeRun, weight distance', () => {
  it('is recorded by every evaluation: zero at the growing point, then more', async () => {
    await test.run(study, localTrainers());
    for (const run of ['source', 'stack/probe', 'random/probe', 'noisy/probe']) {
      const [first, ...later] = distancesOf(test, run);
      expect(first).toBe(0);
      expect(later.length).toBeGreaterThan(1);
      expect(later.every((distance) => distance! > 0 && distance! < 1)).toBe(true);
    }
  });

  it('keeps step 0 beside the latest checkpoint until the run is over', async () => {
    await interruptAt('/stack/probe', 9);
    expect(checkpointsOf('stack/probe').map(({ kind, step }) => `${kind} ${step}`)).toEqual([
      'start 0',
      'resume 6',
    ]);
    const start = checkpointsOf('stack/probe')[0]!;
    await test.run(study, localTrainers());
    expect(checkpointsOf('stack/probe').map(({ kind }) => kind)).toEqual(['final']);
    expect(existsSync(pathOf(start))).toBe(false);
  });

  it('goes on with the same bits when step 0 alone is lost, and makes it again', async () => {
    const undisturbed = new TestHome();
    await undisturbed.run(study, localTrainers());
    await interruptAt('/noisy/probe', 9);
    rmSync(pathOf(checkpointsOf('noisy/probe')[0]!));
    const trainers = localTrainers();
    await test.run(study, trainers);
    const again = trainers.jobs.filter(({ runId }) => runId.endsWith('/noisy/probe'));
    expect(again.map(({ start }) => start.step)).toEqual([6]);
    expect(distancesOf(test, 'noisy/probe')).toEqual(distancesOf(undisturbed, 'noisy/probe'));
    undisturbed.remove();
  });

  it('measures a run that goes on after its end from its growing point, not from where it went on', async () => {
    const early = tinyStudy({ decision: { rule: 'lossAtLag', lag: 12 }, compute: { trainers: 1 } });
    const { candidates } = await test.run(early, localTrainers());
    const run = `${candidates.find(({ isChosen }) => isChosen)!.strategy}/full`;
    const chosen = distancesOf(test, run);
    const other = new TestHome();
    await other.run(
      tinyStudy({ decision: { rule: 'lossAtLag', lag: 12 }, mode: 'audit', compute: { trainers: 1 } }),
      localTrainers(),
    );
    expect(chosen).toEqual(distancesOf(other, run));
    expect(chosen.every((distance) => distance !== null)).toBe(true);
    other.remove();
  });

  it('keeps step 0 of a run that diverged with nothing else to show', async () => {
    const trainers = localTrainers({
      onJob: (job) => (job.runId.endsWith('/stack/probe') ? { ...job, divergenceLoss: 0.5 } : job),
    });
    await test.run(study, trainers);
    // It diverged at step 0: the growing point is all there is.
    expect(checkpointsOf('stack/probe').map(({ kind }) => kind)).toEqual(['start']);
    expect(existsSync(pathOf(checkpointsOf('stack/probe')[0]!))).toBe(true);
  });

  it('drops step 0 with its file when a run diverges after a later checkpoint', async () => {
    await interruptAt('/random/probe', 9);
    const start = checkpointsOf('random/probe')[0]!;
    const onJob = (job: TrainerJob): TrainerJob =>
      job.runId.endsWith('/random/probe') ? { ...job, divergenceLoss: 0.5 } : job;
    await test.run(study, localTrainers({ onJob }));
    expect(checkpointsOf('random/probe').map(({ kind, step }) => `${kind} ${step}`)).toEqual(['resume 6']);
    expect(existsSync(pathOf(start))).toBe(false);
  });
});
