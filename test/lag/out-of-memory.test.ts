/**
 * Studies whose trainers really run out of memory: processes whose data may not grow beyond a limit of the operating
 * system, which holds the program and the source model, not a step of the grown model.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { StudySpec } from '../../src-main/contract/study.ts';
import type { TrainerLauncher } from '../../src-main/training/trainer-pool.ts';
import { forkLauncher } from '../../src-main/training/trainer-pool.ts';
import { localTrainers } from './local-trainers.ts';
import { temporaryHomes } from './temporary-homes.ts';
import { outcomeOf, tinyStudy } from './tiny-study.ts';

const LIMIT_KB = 800_000;
const ENTRY = join(import.meta.dirname, '../../src-main/training/trainer-process.ts');
const folder = mkdtempSync(join(tmpdir(), 'espalier-memory-'));
const limitedNode = join(folder, 'node');
writeFileSync(limitedNode, `#!/bin/sh\nulimit -d ${LIMIT_KB}\nexec "${process.execPath}" "$@"\n`);
chmodSync(limitedNode, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newHome = temporaryHomes();

const launch = forkLauncher(ENTRY, { threads: 1 });
/** Real trainer processes under the limit. */
const limited: TrainerLauncher = () => {
  const node = process.execPath;
  process.execPath = limitedNode; // what `fork` starts
  try {
    return launch();
  } finally {
    process.execPath = node;
  }
};

const large = (compute: StudySpec['compute'] | Record<string, unknown> = {}): StudySpec =>
  tinyStudy({
    model: { width: 128, heads: 4, context: 64 },
    source: { layers: 1, steps: 3, recipe: { batchSize: 16, warmupSteps: 1 } },
    target: { layers: 4 },
    pool: { name: 'two', strategies: ['stack', 'random'].map((name) => ({ name, operator: name })) } as never,
    recipe: { batchSize: 160, warmupSteps: 1 },
    horizon: 3,
    decision: { rule: 'lossAtLag', lag: 2, resamples: 100 },
    evaluation: { batches: 1, batchSize: 4, early: [1], every: 100 },
    compute: { trainers: 1, checkpointSeconds: 0, ...compute },
  });

describe.skipIf(process.platform !== 'linux')('a study whose trainer runs out of memory', () => {
  it('says so, keeps what was trained, and goes on to the same numbers', { timeout: 300_000 }, async () => {
    const home = newHome();
    await expect(home.run(large(), limited)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/^the trainer ran out of memory/),
      hint: expect.stringMatching(/compute\.accumulationSteps.*run the study again/),
    });
    const { state, runs } = home.read((history) => outcomeOf(history, history.listStudies()[0]!.id));
    expect(state).not.toBe('finished');
    expect(runs.source!.state).toBe('finished');
    expect(Object.values(runs).map((run) => run.state)).not.toContain('failed');

    const { id } = await home.run(large(), launch);
    const undisturbed = newHome();
    await undisturbed.run(large(), localTrainers());
    const expected = undisturbed.read((history) => outcomeOf(history, id));
    expect(expected.state).toBe('finished');
    expect(home.read((history) => outcomeOf(history, id))).toEqual(expected);
  });

  it('goes on in the same memory with batches in parts', { timeout: 300_000 }, async () => {
    const home = newHome();
    await expect(home.run(large(), limited)).rejects.toThrow('ran out of memory');
    const { id } = await home.run(large({ accumulationSteps: 16 }), limited);
    expect(home.read((history) => history.getStudy(id).state)).toBe('finished');
  });
});
