/**
 * Candidates a second with two trainers against one, on shortened probes of the demo study: width 64, 8 layers, 12
 * strategies, 40 steps and six evaluations each, real trainer processes with one thread, their start included. The
 * aim is 1.9 or more on two free cores. Only the probing is timed; the source is trained before, in a few steps.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { StudySpec } from '../../src-main/contract/study.ts';
import { composeStudyService } from '../../src-main/service/compose.ts';
import { resourcePath } from '../../src-main/service/resource-files.ts';
import { readGrowthStudyFile } from '../../src-main/service/study-file.ts';

export interface ScaleRow {
  readonly trainers: number;
  readonly candidates: number;
  readonly seconds: number;
  readonly candidatesPerSecond: number;
  /** Candidates a second against one trainer; null for one. */
  readonly speedUp: number | null;
}

const SOURCE_STEPS = 10;
/** More than the demo's 30 steps of warm-up. */
const LAG = 40;
const EVALUATION_BATCHES = 10;

export async function benchScale({ json }: { readonly json: boolean }): Promise<void> {
  if (availableParallelism() < 2) process.stderr.write('fewer than two cores: no speed-up is possible\n');
  const demo = readGrowthStudyFile(resourcePath('studies', 'demo.yaml'));
  const spec: StudySpec = {
    ...demo,
    source: { ...demo.source, steps: SOURCE_STEPS },
    decision: { ...demo.decision, rule: 'cooldown', lag: LAG },
    evaluation: { ...demo.evaluation, batches: EVALUATION_BATCHES },
  };
  let single: number | null = null;
  for (const trainers of [1, 2]) {
    const { seconds, candidates } = await timeProbing(spec, trainers);
    const rate = candidates / seconds;
    const row: ScaleRow = {
      trainers,
      candidates,
      seconds: Number(seconds.toFixed(3)),
      candidatesPerSecond: Number(rate.toPrecision(4)),
      speedUp: single === null ? null : Number((rate / single).toPrecision(3)),
    };
    single ??= rate;
    process.stdout.write(
      json
        ? `${JSON.stringify(row)}\n`
        : `trainers ${trainers}  ${row.candidatesPerSecond.toFixed(3)} candidates/s  ${row.seconds.toFixed(1)} s${row.speedUp === null ? '' : `  ${row.speedUp.toFixed(2)} times one trainer`}\n`,
    );
  }
}

/** Runs the study in a folder of its own until its probes are done. */
async function timeProbing(
  spec: StudySpec,
  trainers: number,
): Promise<{ seconds: number; candidates: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-bench-'));
  const stop = new AbortController();
  let begun = 0;
  let seconds = 0;
  let candidates = 0;
  try {
    await composeStudyService(folder).run(spec, '', {
      signal: stop.signal,
      trainers,
      onStart: () => {},
      onProgress: ({ phase, runsDone }) => {
        // The source is the first run that is done.
        if (begun === 0 && runsDone === 1) begun = performance.now();
        if (phase === 'probing') {
          candidates = runsDone - 1;
          seconds = (performance.now() - begun) / 1000;
        } else if (phase === 'continuing') stop.abort();
      },
    });
  } catch (error) {
    if (!(error instanceof EspalierError && error.code === 'interrupted')) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { seconds, candidates };
}
