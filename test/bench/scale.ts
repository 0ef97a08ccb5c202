/**
 * Candidates an hour with two trainers against one, on own kernels and on ONNX Runtime, and against a PyTorch script that trains the same pool in one
 * process with its default threads (torch_pool.py, where ${PYTHON:-python3} has torch): shortened probes of the demo
 * study and of one of width 128; 12 strategies, 60 steps and six evaluations each, real trainer processes with one
 * thread, their start included. The aims on two free cores are 1.9 times one trainer, and 1.5 times PyTorch. Only the
 * probing is timed; the source is trained before, in a few steps.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Architecture } from '../../src-main/contract/architecture.ts';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { StudySpec } from '../../src-main/contract/study.ts';
import { probeEvaluations } from '../../src-main/lag/evaluation-grid.ts';
import { composeStudyService } from '../../src-main/service/compose.ts';
import { resourcePath } from '../../src-main/service/resource-files.ts';
import { readGrowthStudyFile } from '../../src-main/service/study-file.ts';
import type { BenchOptions } from './run.ts';

export interface ScaleRow {
  /** Width, layers after growing, context and batch. */
  readonly size: string;
  /** What trains: so many trainers of ours on one of the CPU's engines, or PyTorch. */
  readonly trainers: number | 'torch';
  readonly device: PoolDevice | null;
  readonly candidates: number;
  readonly seconds: number;
  readonly candidatesPerHour: number;
  /** Candidates an hour against one trainer on the same device; null for one and for PyTorch. */
  readonly speedUp: number | null;
  /** Candidates an hour against PyTorch; null without it. */
  readonly ratioToTorch: number | null;
}

const SOURCE_STEPS = 10;
/** More than the demo's 30 steps of warm-up. */
const LAG = 60;
const EVALUATION_BATCHES = 10;
const WIDTHS = { '64': { batchSize: 8, heads: 4 }, '128': { batchSize: 16, heads: 4 } } as const;

const POOL_DEVICES = ['native', 'cpu'] as const;
type PoolDevice = (typeof POOL_DEVICES)[number];

interface Measured {
  readonly trainers: number | 'torch';
  readonly device: PoolDevice | null;
  readonly seconds: number;
  readonly candidates: number;
}

export async function benchScale({ json, sizes, rounds }: BenchOptions): Promise<void> {
  if (availableParallelism() < 2) note('fewer than two cores: no speed-up is possible');
  const python = process.env.PYTHON || 'python3';
  const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
  if (!hasTorch) note(`${python} has no torch; ratios to it stay empty`);
  const widths = Object.keys(WIDTHS) as (keyof typeof WIDTHS)[];
  const unknown = sizes.find((size) => !(widths as string[]).includes(size));
  if (unknown) throw new Error(`no size ${unknown}; sizes are ${widths.join(', ')}`);
  for (const width of widths.filter((width) => sizes.length === 0 || sizes.includes(width))) {
    const spec = specOf(width);
    // In turns, and the best of each: a busy moment of the machine then hits nobody alone.
    const best = new Map<string, Measured>();
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      const turn: Measured[] = [];
      for (const device of POOL_DEVICES)
        for (const trainers of [1, 2]) turn.push(await timeProbing(spec, device, trainers));
      if (hasTorch) turn.push(timeTorch(python, spec, turn[0]!.candidates));
      for (const measured of turn)
        if (measured.seconds < (best.get(keyOf(measured))?.seconds ?? Infinity))
          best.set(keyOf(measured), measured);
    }
    for (const measured of best.values()) print(rowOf(spec, measured, best), json);
  }
}

const keyOf = ({ trainers, device }: Pick<Measured, 'trainers' | 'device'>): string =>
  `${trainers} ${device}`;

const note = (text: string): void => void process.stderr.write(`${text}\n`);

function specOf(width: keyof typeof WIDTHS): StudySpec {
  const demo = readGrowthStudyFile(resourcePath('studies', 'demo.yaml'));
  const { batchSize, heads } = WIDTHS[width];
  return {
    ...demo,
    model: { ...demo.model, width: Number(width), heads },
    source: { ...demo.source, steps: SOURCE_STEPS },
    recipe: { ...demo.recipe, batchSize },
    decision: { ...demo.decision, rule: 'cooldown', lag: LAG },
    evaluation: { ...demo.evaluation, batches: EVALUATION_BATCHES },
  };
}

function rowOf(
  { model, target, recipe }: StudySpec,
  { trainers, device, candidates, seconds }: Measured,
  all: ReadonlyMap<string, Measured>,
): ScaleRow {
  const against = (other: Pick<Measured, 'trainers' | 'device'>): number | null => {
    const measured = other.trainers === trainers ? undefined : all.get(keyOf(other));
    return measured ? Number((measured.seconds / seconds).toPrecision(3)) : null;
  };
  return {
    size: [model.width, target.layers, model.context, recipe.batchSize].join('/'),
    trainers,
    device,
    candidates,
    seconds: Number(seconds.toFixed(3)),
    candidatesPerHour: Number(((candidates / seconds) * 3600).toPrecision(4)),
    speedUp: trainers === 'torch' ? null : against({ trainers: 1, device }),
    ratioToTorch: against({ trainers: 'torch', device: null }),
  };
}

function print(row: ScaleRow, json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify(row)}\n`);
  const ratios = [
    ...(row.speedUp === null ? [] : [`${row.speedUp.toFixed(2)} times one trainer`]),
    ...(row.ratioToTorch === null ? [] : [`${row.ratioToTorch.toFixed(2)} times PyTorch`]),
  ];
  const who = row.trainers === 'torch' ? 'PyTorch' : `${row.device}, trainers ${row.trainers}`;
  process.stdout.write(
    `${[row.size, who.padEnd(18), `${row.candidatesPerHour.toFixed(0)} candidates/h`, `${row.seconds.toFixed(1)} s`, ...ratios].join('  ')}\n`,
  );
}

/** The same steps and evaluations in PyTorch. */
function timeTorch(python: string, spec: StudySpec, candidates: number): Measured {
  const { model, target, recipe, evaluation } = spec;
  const size: Architecture & { batchSize: number } = {
    width: model.width,
    heads: model.heads,
    context: model.context,
    activation: model.activation,
    attentionBias: model.attentionBias,
    layers: target.layers,
    mlpRatio: 4,
    vocabulary: 96,
    tiedEmbedding: true,
    dropout: 0,
    batchSize: recipe.batchSize,
  };
  const job = {
    size,
    candidates,
    steps: LAG,
    evaluateAt: [0, ...probeEvaluations(LAG)],
    evaluationBatches: evaluation.batches,
    evaluationBatchSize: evaluation.batchSize,
    trials: 4,
  };
  const script = join(import.meta.dirname, 'torch_pool.py');
  const { status, stdout, stderr } = spawnSync(python, [script, JSON.stringify(job)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`torch_pool.py ended with ${status}: ${stderr}`);
  const { seconds, threads, setting } = JSON.parse(stdout) as {
    seconds: number;
    threads: number;
    setting: string;
  };
  note(`PyTorch with ${threads} threads, ${setting}: ${seconds.toFixed(1)} s`);
  return { trainers: 'torch', device: null, seconds, candidates };
}

/** Runs the study in a folder of its own until its probes are done. */
async function timeProbing(of: StudySpec, device: PoolDevice, trainers: number): Promise<Measured> {
  const spec: StudySpec = { ...of, compute: { ...of.compute, device } };
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
  return { trainers, device, seconds, candidates };
}
