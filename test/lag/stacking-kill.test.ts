/**
 * A stacking study whose owner or trainers get SIGKILL again and again. Each life is a process with real trainer
 * processes; in the end every evaluation, every decision and every final model must be as if nothing had happened.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import type { StackingSpec } from '../../src-main/contract/stacking.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import { tinyStacking } from './tiny-stacking.ts';
import { outcomeOf, TestHome } from './tiny-study.ts';

const SEED = Number(process.env.KILL_SEED ?? 1);
const CHILD = join(import.meta.dirname, 'study-child.ts');
const MAX_LIVES = 60;
const LEAST_KILLS = 6;

const homes: TestHome[] = [];
afterAll(() => {
  for (const home of homes) home.remove();
});
const newHome = (): TestHome => {
  const home = new TestHome();
  homes.push(home);
  return home;
};

/** One life, killed `delayMs` after its first trainer started; null: never. Resolves whether it came to the end. */
function live(
  home: TestHome,
  spec: StackingSpec,
  kill: { readonly delayMs: number; readonly target: 'owner' | 'trainer' } | null,
): Promise<{
  readonly isDone: boolean;
  readonly wasKilled: boolean;
  readonly ms: number;
  readonly errors: string;
}> {
  const owner = spawn(process.execPath, [CHILD, home.home.folder, JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  owner.stderr.on('data', (text) => {
    errors += text;
  });
  const trainers: number[] = [];
  let isDone = false;
  let wasKilled = false;
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  createInterface({ input: owner.stdout }).on('line', (line) => {
    if (line === 'done') isDone = true;
    const [what, id] = line.split(' ');
    if (what !== 'trainer') return;
    trainers.push(Number(id));
    if (timer || !kill) return;
    startedAt = performance.now();
    timer = setTimeout(() => {
      wasKilled = true;
      const target = kill.target === 'owner' ? owner.pid! : trainers.at(-1)!;
      try {
        process.kill(target, 'SIGKILL');
      } catch {
        wasKilled = false; // it had ended by itself
      }
    }, kill.delayMs);
  });
  const begun = performance.now();
  return new Promise((resolve) => {
    owner.on('close', () => {
      clearTimeout(timer);
      resolve({ isDone, wasKilled, ms: performance.now() - (startedAt || begun), errors });
    });
  });
}

const everything = (home: TestHome, id: string) =>
  home.read((history) => ({
    decisions: history.listDecisions(id).map(({ decidedAt: _, ...decision }) => decision),
    runs: Object.fromEntries(
      Object.entries(outcomeOf(history, id).runs).map(([name, run]) => [
        name,
        { ...run, checkpoints: run.checkpoints.at(-1) },
      ]),
    ),
  }));

it('a stacking study ends the same, bit for bit, however often it is killed', async () => {
  const spec = tinyStacking();
  const calm = newHome();
  const undisturbed = await live(calm, spec, null);
  expect(undisturbed).toMatchObject({ isDone: true });
  const id = calm.read((history) => history.listStudies()[0]!.id);
  const expected = everything(calm, id);

  const stream = randomStream(SEED, 'stacking-kills');
  let kills = 0;
  // A machine that is faster than its undisturbed run may finish after few kills: then again, with shorter lives.
  for (let share = 8; kills < LEAST_KILLS; share *= 2) {
    const home = newHome();
    for (let life = 0; ; life++) {
      expect(life).toBeLessThan(MAX_LIVES);
      const delayMs = 60 + (stream.uniform() * undisturbed.ms) / share;
      const target = stream.below(3) === 0 ? 'trainer' : 'owner';
      const { isDone, wasKilled, errors } = await live(home, spec, { delayMs, target });
      if (wasKilled) kills++;
      else if (!isDone) throw new Error(`the study ended without a kill: ${errors}`);
      if (isDone) break;
    }
    expect(everything(home, id)).toEqual(expected);
  }
}, 300_000);
