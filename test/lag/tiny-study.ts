/** A study of seconds, a home folder for it, and what it left there in a form that can be compared bit for bit. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StudyAnalysis } from '../../src-main/contract/analysis.ts';
import type { StudySpec, StudySpecInput } from '../../src-main/contract/study.ts';
import { studySpecSchema } from '../../src-main/contract/study.ts';
import type { History } from '../../src-main/history/history.ts';
import { openHistory } from '../../src-main/history/open-history.ts';
import type { Home } from '../../src-main/service/home.ts';
import { resolveHome } from '../../src-main/service/home.ts';
import type { RunOptions } from '../../src-main/service/study-service.ts';
import { StudyService } from '../../src-main/service/study-service.ts';
import type { TrainerLauncher } from '../../src-main/training/trainer-pool.ts';

/** Random layers, copies, identity copies, and noise. */
export const TINY_POOL = {
  name: 'tiny',
  strategies: [
    { name: 'stack', operator: 'stack' },
    { name: 'random', operator: 'random' },
    { name: 'identity', operator: 'identityCopy' },
    { name: 'noisy', operator: 'stack', noise: 0.3 },
  ],
} satisfies StudySpecInput['pool'];

/** Width 16, two layers grown into four, 20 steps for the source and 24 after growing; checkpoints at the end only. */
export function tinyStudy(changes: Partial<StudySpecInput> = {}): StudySpec {
  return studySpecSchema.parse({
    name: 'tiny',
    seed: 3,
    data: {
      corpus: { synthetic: 'copy', examples: 300, length: 6, symbols: 5 },
      tokenizer: { kind: 'character' },
    },
    model: { width: 16, heads: 2, context: 16 },
    source: { layers: 2, steps: 20, recipe: { batchSize: 4, warmupSteps: 4 } },
    target: { layers: 4 },
    pool: TINY_POOL,
    recipe: { batchSize: 4, warmupSteps: 4 },
    horizon: 24,
    decision: { rule: 'cooldown', lag: 12, resamples: 100 },
    evaluation: { batches: 4, batchSize: 4, early: [3, 6], every: 8 },
    keepCheckpoints: 'all',
    compute: { trainers: 2, checkpointSeconds: 3600 },
    ...changes,
  });
}

/** In memory where there is such a place: thousands of fsyncs are slow, and no power cut is tested here. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A home folder of its own, removed by `remove`. */
export class TestHome {
  readonly home: Home = resolveHome(mkdtempSync(join(PLACE, 'espalier-study-')));

  remove(): void {
    rmSync(this.home.folder, { recursive: true, force: true });
  }

  service(launcher: TrainerLauncher): StudyService {
    return new StudyService(this.home, () => launcher);
  }

  run(spec: StudySpec, launcher: TrainerLauncher, options: Partial<RunOptions> = {}): Promise<StudyAnalysis> {
    return this.service(launcher).run(spec, '', runOptions(options));
  }

  read<Result>(action: (history: History) => Result): Result {
    return this.open('read', action);
  }

  change<Result>(action: (history: History) => Result): Result {
    return this.open('write', action);
  }

  /** Names in the checkpoint folder, sorted. */
  checkpointFiles(): string[] {
    return readdirSync(this.home.checkpoints)
      .filter((name) => name.endsWith('.safetensors'))
      .sort();
  }

  private open<Result>(mode: 'read' | 'write', action: (history: History) => Result): Result {
    const history = openHistory(this.home.folder, { mode });
    try {
      return action(history);
    } finally {
      history.close();
    }
  }
}

export function runOptions(options: Partial<RunOptions> = {}): RunOptions {
  return { signal: new AbortController().signal, onProgress: () => {}, onStart: () => {}, ...options };
}

/** Everything a study computed; clock times, attempts and devices are left out. */
export interface Outcome {
  readonly state: string;
  readonly decision: unknown;
  /** By name without the study id: `source`, `stack/probe`, `stack#1/probe`. */
  readonly runs: Readonly<Record<string, RunOutcome>>;
}

export interface RunOutcome {
  readonly state: string;
  readonly stepsDone: number;
  readonly reason: string | null;
  /** Losses in hexadecimal: equal text is equal bits. */
  readonly evaluations: readonly string[];
  readonly checkpoints: readonly string[];
}

export function outcomeOf(history: History, studyId: string): Outcome {
  const decision = history.listDecisions(studyId)[0];
  return {
    state: history.getStudy(studyId).state,
    decision: decision ? JSON.parse(decision.evidenceJson) : null,
    runs: Object.fromEntries(
      history.listRuns(studyId).map((run) => [
        run.id.slice(studyId.length + 1),
        {
          state: run.state,
          stepsDone: run.stepsDone,
          reason: run.reason,
          evaluations: history.listEvaluations(run.id).map((evaluation) => {
            const { step, loss, batchLosses, trainingLoss, gradientNorm, learningRate, weightDistance } =
              evaluation;
            const bytes = Buffer.from(batchLosses.buffer, batchLosses.byteOffset, batchLosses.byteLength);
            return [
              step,
              ...[loss, trainingLoss, gradientNorm, learningRate, weightDistance].map(bits),
              bytes.toString('hex'),
            ].join(' ');
          }),
          checkpoints: history
            .listCheckpoints(run.id)
            .map(({ step, kind, hash, bytes }) => `${step} ${kind} ${hash} ${bytes}`),
        },
      ]),
    ),
  };
}

function bits(value: number | null): string {
  if (value === null) return 'null';
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}
