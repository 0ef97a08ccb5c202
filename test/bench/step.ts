/**
 * Milliseconds per training step, against PyTorch (where ${PYTHON:-python3} has it) and TensorFlow.js wasm, each in its
 * own formulation (peers `torch`, `torch.compile`, `tfjs`), and of this project's engine on TensorFlow.js (`tfjs-wasm`, `tfjs-cpu`,
 * `tfjs-node`).
 * All variants of a size run round-robin, so a busy moment of the machine hits everyone.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { BenchOptions } from './run.ts';
import type { StepForm } from './step-engine.ts';
import type { StepSize } from './step-sizes.ts';
import { STEP_SIZES } from './step-sizes.ts';
import { Competitor, PRODUCT_SIZE } from './turns.ts';

export interface StepRow {
  readonly size: string;
  readonly threads: number;
  readonly engine: string;
  readonly medianMs: number;
  readonly minMs: number;
  /** Minimum of the peer over the minimum of this row: above 1, this row is faster. */
  readonly ratioToTorch: number | null;
  readonly ratioToTfjsWasm: number | null;
}

/** A peer whose large product is slower than this share of the best seen has a wrong BLAS or is disturbed. */
const RATE_SHARE = 0.6;
/** No peer is refused that multiplies faster than this, GFLOP/s. */
const RATE_ENOUGH = 100;

const script = (name: string): string => join(import.meta.dirname, name);
const note = (text: string): void => void process.stderr.write(`${text}\n`);

interface Entrant {
  readonly competitor: Competitor;
  readonly engine: string;
  readonly threads: number;
  readonly gflopsPerSecond: number;
  readonly rounds: number;
  readonly samples: number[];
}

export async function benchSteps(options: BenchOptions): Promise<void> {
  const names = options.sizes.length > 0 ? options.sizes : Object.keys(STEP_SIZES);
  const python = process.env.PYTHON || 'python3';
  const hasTorch = options.peers.includes('torch') && spawnSync(python, ['-c', 'import torch']).status === 0;
  if (options.peers.includes('torch') && !hasTorch) note(`${python} has no torch; ratios to it stay empty`);
  for (const name of names) {
    const size = STEP_SIZES[name];
    if (!size) throw new Error(`no size ${name}; sizes are ${Object.keys(STEP_SIZES).join(', ')}`);
    const entrants: Entrant[] = [];
    try {
      for (const competitor of competitors(name, size, options, hasTorch ? python : null))
        entrants.push(await enter(competitor, name, size, options));
      for (let round = 0; round < options.rounds; round++)
        for (const entrant of entrants)
          if (round < entrant.rounds) entrant.samples.push(...(await entrant.competitor.turn()).stepMs);
    } finally {
      for (const { competitor } of entrants) competitor.end();
    }
    for (const row of rowsOf(name, entrants)) print(row, options.json);
  }
}

interface Variant {
  readonly competitor: () => Competitor;
  readonly threads: number;
}

function competitors(
  name: string,
  size: StepSize,
  { threads, peers }: BenchOptions,
  python: string | null,
): Variant[] {
  const variants: Variant[] = [];
  const node = (file: string, args: string[]): Competitor =>
    new Competitor(`${file} ${args.join(' ')}`, process.execPath, [script(file), ...args]);
  for (const count of threads) {
    for (const form of ['native', 'wasm', 'graph'] satisfies StepForm[])
      variants.push({
        threads: count,
        competitor: () => node('step-engine.ts', [name, `${count}`, form]),
      });
    if (python !== null) {
      const { architecture, batchSize, stepsPerSample } = size;
      const trials = architecture.width <= 128 ? 4 : 1;
      const job = { ...architecture, batchSize, stepsPerSample, trials, productSize: PRODUCT_SIZE };
      for (const flags of peers.includes('torch.compile') ? [[], ['--compile']] : [[]]) {
        const args = [script('torch_step.py'), JSON.stringify(job), `${count}`, ...flags];
        const competitor = () => new Competitor(`torch ${count} ${flags}`, python, args);
        variants.push({ threads: count, competitor });
      }
    }
  }
  // The engine on TensorFlow.js: one thread but for its native library.
  for (const device of peers.filter((peer) => peer.startsWith('tfjs-')))
    for (const count of device === 'tfjs-node' ? threads : [1])
      variants.push({
        threads: count,
        competitor: () => node('step-tensorflow.ts', [name, device, `${count}`]),
      });
  if (peers.includes('tfjs')) variants.push({ threads: 1, competitor: () => node('step-tfjs.ts', [name]) });
  return variants;
}

async function enter(
  { competitor: start, threads }: Variant,
  name: string,
  size: StepSize,
  { rounds }: BenchOptions,
): Promise<Entrant> {
  const competitor = start();
  try {
    const { engine, gflopsPerSecond } = await competitor.ready();
    note(`${name} ${engine}, threads ${threads}: one large product at ${gflopsPerSecond.toFixed(1)} GFLOP/s`);
    const own = engine.includes('tfjs') ? Math.min(rounds, size.tfjsRounds) : rounds;
    return { competitor, engine, threads, gflopsPerSecond, rounds: own, samples: [] };
  } catch (error) {
    competitor.end();
    throw error;
  }
}

function rowsOf(name: string, entrants: readonly Entrant[]): StepRow[] {
  const minimum = (entrant: Entrant): number => Math.min(...entrant.samples);
  const torchOf = (threads: number): Entrant | undefined => {
    const torch = entrants.find((entrant) => entrant.engine === 'torch' && entrant.threads === threads);
    if (!torch) return undefined;
    const best = Math.max(
      ...entrants.filter((entrant) => entrant.threads === threads).map((entrant) => entrant.gflopsPerSecond),
    );
    const floor = Math.min(RATE_ENOUGH, RATE_SHARE * best);
    if (torch.gflopsPerSecond >= floor) return torch;
    note(
      `not compared with torch at ${threads} threads: its product makes ${torch.gflopsPerSecond.toFixed(1)} GFLOP/s; must be ${floor.toFixed(1)} (a build with a working BLAS, a quiet machine)`,
    );
    return undefined;
  };
  // Its products are slow by nature (128-bit vectors, one thread); that it uses SIMD is checked by its process.
  const tfjs = entrants.find((entrant) => entrant.engine === 'tfjs-wasm');
  return entrants.map((entrant) => {
    const torch = torchOf(entrant.threads);
    return {
      size: name,
      threads: entrant.threads,
      engine: entrant.engine,
      medianMs: rounded(median(entrant.samples)),
      minMs: rounded(minimum(entrant)),
      ratioToTorch: torch ? rounded(minimum(torch) / minimum(entrant)) : null,
      ratioToTfjsWasm: tfjs ? rounded(minimum(tfjs) / minimum(entrant)) : null,
    };
  });
}

function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const rounded = (value: number): number => Number(value.toPrecision(4));

function print(row: StepRow, json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify(row)}\n`);
  const ratio = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
  process.stdout.write(
    `${[
      row.size.padEnd(14),
      `threads ${row.threads}`,
      row.engine.padEnd(18),
      `median ${row.medianMs.toFixed(2).padStart(9)} ms`,
      `min ${row.minMs.toFixed(2).padStart(9)} ms`,
      `to torch ${ratio(row.ratioToTorch)}`,
      `to tfjs ${ratio(row.ratioToTfjsWasm)}`,
    ].join('  ')}\n`,
  );
}
