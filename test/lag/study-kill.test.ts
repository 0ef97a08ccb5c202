/**
 * Studies whose processes are killed at random moments. Each life of a study is a process of its own with real
 * trainer processes; the owner, one trainer or both get SIGKILL, and the next life goes on. In the end everything
 * must be as if nothing had happened. KILL_SEED chooses other moments.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import type { StudySpec, StudySpecInput } from '../../src-main/contract/study.ts';
import { HISTORY_FILE } from '../../src-main/history/open-history.ts';
import type { RandomStream } from '../../src-main/tensor/random.ts';
import { randomStream } from '../../src-main/tensor/random.ts';
import type { Outcome } from './tiny-study.ts';
import { outcomeOf, TestHome, tinyStudy } from './tiny-study.ts';

const SEED = Number(process.env.KILL_SEED ?? 1);
const CHILD = join(import.meta.dirname, 'study-child.ts');

const opened: TestHome[] = [];
const newHome = (): TestHome => {
  const home = new TestHome();
  opened.push(home);
  return home;
};
afterAll(() => {
  for (const home of opened) home.remove();
});

const PHASES = ['starting', 'source', 'probing', 'continuing', 'finished'] as const;
type Phase = (typeof PHASES)[number];

interface Kill {
  readonly target: 'owner' | 'trainer';
  /** The delay begins with this phase, or the first one after it. */
  readonly phase: Phase;
  readonly delayMs: number;
}

interface Life {
  readonly trainers: readonly number[];
  /** The phase in which each kill came. */
  readonly killedIn: readonly Phase[];
  readonly isDone: boolean;
  readonly phaseMs: Readonly<Record<Phase, number>>;
  readonly errors: string;
}

/** Runs the study in a process until it is done or killed. */
async function live(
  home: TestHome,
  spec: StudySpec,
  kills: readonly Kill[],
  pick: RandomStream,
): Promise<Life> {
  const owner = spawn(process.execPath, [CHILD, home.home.folder, JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const trainers: number[] = [];
  const killedIn: Phase[] = [];
  const timers: NodeJS.Timeout[] = [];
  const waiting = new Set(kills);
  const phaseMs = { starting: 0, source: 0, probing: 0, continuing: 0, finished: 0 };
  let phase: Phase = 'starting';
  let since = performance.now();
  let isDone = false;
  let errors = '';
  owner.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const strike = ({ target }: Kill): void => {
    if (isDone || owner.exitCode !== null || owner.signalCode !== null) return;
    if (target === 'owner') owner.kill('SIGKILL');
    else {
      const alive = trainers.filter(isAlive);
      if (alive.length === 0) return;
      process.kill(alive[pick.below(alive.length)]!, 'SIGKILL');
    }
    killedIn.push(phase);
  };
  const enter = (next: Phase): void => {
    phaseMs[phase] = performance.now() - since;
    phase = next;
    since = performance.now();
    for (const kill of waiting)
      if (PHASES.indexOf(kill.phase) <= PHASES.indexOf(next)) {
        waiting.delete(kill);
        timers.push(setTimeout(strike, kill.delayMs, kill));
      }
  };
  enter('starting');
  createInterface({ input: owner.stdout }).on('line', (line) => {
    const [what, value] = line.split(' ');
    if (what === 'trainer') trainers.push(Number(value));
    if (what === 'phase') enter(value as Phase);
    if (what === 'done') isDone = true;
  });
  await new Promise<void>((resolve) => owner.on('close', () => resolve()));
  for (const timer of timers) clearTimeout(timer);
  return { trainers, killedIn, isDone, phaseMs, errors };
}

/** A killed process may stay listed until its parent asks; it does nothing any more. */
function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

async function waitUntilDead(processIds: readonly number[]): Promise<number[]> {
  for (let tries = 0; tries < 100; tries++) {
    if (!processIds.some(isAlive)) return [];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return processIds.filter(isAlive);
}

/** Everything that must be equal, and everything that must not be there. */
interface Remains {
  readonly outcome: Outcome;
  readonly checkpointFiles: readonly string[];
  readonly unreferenced: readonly string[];
  readonly damaged: readonly string[];
  readonly temporary: readonly string[];
  readonly integrity: unknown;
}

function remainsOf(home: TestHome): Remains {
  const { checkpoints, folder } = home.home;
  const checkpointFiles = home.checkpointFiles();
  const database = new SqliteDatabase(join(folder, HISTORY_FILE), { readonly: true });
  const integrity = database.pragma('integrity_check', { simple: true });
  database.close();
  return home.read((history) => ({
    outcome: outcomeOf(history, history.listStudies()[0]!.id),
    checkpointFiles,
    unreferenced: checkpointFiles.filter(
      (name) => !history.referencedCheckpoints().has(name.replace('.safetensors', '')),
    ),
    damaged: checkpointFiles.filter(
      (name) =>
        createHash('sha256')
          .update(readFileSync(join(checkpoints, name)))
          .digest('hex') !== name.replace('.safetensors', ''),
    ),
    temporary: readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /tmp/.test(name)),
    integrity,
  }));
}

/** One or two kills for a life, at random moments of a phase as long as it is in an undisturbed life. */
function planKills(draw: RandomStream, lives: number, { phaseMs }: Life): Kill[] {
  const phase = draw.below(8) === 0 ? 'starting' : PHASES[1 + (lives % 3)]!;
  const [early, late] = [draw.uniform(), draw.uniform()]
    .sort((a, b) => a - b)
    .map((share) => share * phaseMs[phase]) as [number, number];
  switch (draw.below(4)) {
    case 0:
      return [{ target: 'trainer', phase, delayMs: early }];
    case 1:
      return [
        { target: 'trainer', phase, delayMs: early },
        { target: 'owner', phase, delayMs: late },
      ];
    default:
      return [{ target: 'owner', phase, delayMs: draw.below(2) === 0 ? early : late }];
  }
}

const variants: readonly (Pick<StudySpecInput, 'mode' | 'decision'> & { killCount: number })[] = [
  { mode: 'audit', killCount: 6 },
  { mode: 'select', killCount: 5 },
  { mode: 'select', decision: { rule: 'lossAtLag', lag: 12, resamples: 100 }, killCount: 5 },
  { mode: 'audit', decision: { rule: 'lossAtLag', lag: 12, resamples: 100 }, killCount: 5 },
];
const struck: Phase[] = [];

describe('a study whose processes are killed', () => {
  for (const { killCount, ...changes } of variants) {
    const name = `${changes.mode}, ${changes.decision?.rule ?? 'cooldown'}`;
    it(`ends as if it had not been: ${name}`, { timeout: 180_000 }, async () => {
      const spec = tinyStudy({ ...changes, compute: { trainers: 2, checkpointSeconds: 0 } });
      const draw = randomStream(SEED, 'kill', name);
      const undisturbed = newHome();
      const whole = await live(undisturbed, spec, [], draw);
      expect(whole.errors).toBe('');
      expect(whole.isDone).toBe(true);
      const expected = remainsOf(undisturbed);
      expect(expected).toMatchObject({
        outcome: { state: 'finished' },
        unreferenced: [],
        damaged: [],
        temporary: [],
        integrity: 'ok',
      });

      let home = newHome();
      let kills = 0;
      const trainers = [...whole.trainers];
      const log: string[] = [];
      const explain = (): string => `KILL_SEED=${SEED}, ${name}: ${log.join('; ')}`;
      for (let lives = 0; ; lives++) {
        const planned = kills < killCount ? planKills(draw, lives, whole) : [];
        const life = await live(home, spec, planned, draw);
        trainers.push(...life.trainers);
        kills += life.killedIn.length;
        struck.push(...life.killedIn);
        log.push(
          `${planned.map(({ target, phase, delayMs }) => `${target} ${delayMs.toFixed(0)} ms into ${phase}`).join(', ')}: struck in ${life.killedIn.join(', ') || 'no phase'}`,
        );
        expect(life.errors, explain()).toBe('');
        if (!life.isDone) continue;
        expect(remainsOf(home), explain()).toEqual(expected);
        if (kills >= killCount) break;
        home = newHome(); // finished before enough kills: once more from the beginning
        expect(lives, explain()).toBeLessThan(10 * killCount);
      }
      expect(await waitUntilDead(trainers), explain()).toEqual([]);
    });
  }

  it('was killed at least twenty times, in every phase', () => {
    expect(struck.length).toBeGreaterThanOrEqual(20);
    expect(struck).toEqual(expect.arrayContaining(['source', 'probing', 'continuing']));
  });
});
