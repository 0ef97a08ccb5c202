/**
 * A process that trains and says how much memory it has: forked by tests and by the measurement in docs/decisions.md.
 * Takes its task as JSON in the first argument; prints its weights as JSON.
 */
import { readFileSync } from 'node:fs';
import type { ComputeDevice } from '../../src-main/contract/compute.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import { openEngine } from '../../src-main/engine/open-engine.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { tinyScalars, tinyState, tinyTokens } from './tiny-model.ts';

export interface Task {
  /** `cpu-graph` is the CPU with the optimizer in the graph. */
  readonly device: ComputeDevice | 'cpu-graph';
  readonly spec: TrainingSpec;
  /** Steps after which to weigh, ascending. */
  readonly marks: readonly number[];
  /** Steps in one call of the engine. */
  readonly stepsPerCall: number;
}

/** In bytes. */
export interface Weights {
  /** Before the model is compiled. */
  readonly before: number;
  /** Resident memory at every mark, after a garbage collection. */
  readonly atMarks: readonly number[];
  /** What V8 holds for the program there: its heap, array buffers and memory of WebAssembly. */
  readonly heldAtMarks: readonly number[];
  /** The largest that the process ever had. */
  readonly peak: number;
}

const rss = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};

const held = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

async function weigh({ device, spec, marks, stepsPerCall }: Task): Promise<Weights> {
  const engine =
    device === 'cpu-graph'
      ? onnxRuntimeEngine({ device: 'cpu', threads: 1, optimizer: 'graph' })
      : await openEngine({ device, threads: 1 });
  const state = tinyState(spec);
  const tokens = tinyTokens(spec, stepsPerCall, spec.batchSize);
  const validation = tinyTokens(spec, 2, spec.evaluationBatchSize);
  const before = rss();
  const model = await engine.compile(spec);
  const session = await model.open(state);
  const atMarks: number[] = [];
  const heldAtMarks: number[] = [];
  let step = 0;
  for (const mark of marks) {
    while (step < mark) {
      const count = Math.min(stepsPerCall, mark - step);
      await session.train(
        tokens.subarray(0, (tokens.length / stepsPerCall) * count),
        tinyScalars(spec, count, step + 1),
      );
      step += count;
    }
    await session.evaluate(validation);
    atMarks.push(rss());
    heldAtMarks.push(held());
  }
  await session.dispose();
  await model.dispose();
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  return { before, atMarks, heldAtMarks, peak };
}

process.stdout.write(JSON.stringify(await weigh(JSON.parse(process.argv[2]!) as Task)));
