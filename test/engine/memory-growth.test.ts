/**
 * A training process needs no more memory after 10 000 steps than after 2 000: real processes, weighed by their
 * resident memory. A step that kept 1 KB would stand out by 8 MB. TensorFlow.js is slower and says itself what it holds
 * (tensorflow-contract.ts): fewer steps here, all of them once (docs/decisions.md).
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { tinySpec } from './tiny-model.ts';
import type { Task, Weights } from './train-and-weigh.ts';

/** Of the resident memory: what the allocator and V8 come and go by. */
const SHARE = 0.02;
const FLOOR_BYTES = 3e6;
const MARKS = [2_000, 10_000];
const FEW = [1_000, 3_000];

/** V8 grows the space of young objects once, by 66 MB, whenever it thinks fit: here it may not. */
const V8 = ['--expose-gc', '--max-semi-space-size=2'];

const run = promisify(execFile);

async function weigh(task: Task): Promise<Weights> {
  const program = join(import.meta.dirname, 'train-and-weigh.ts');
  const { stdout } = await run(process.execPath, [...V8, program, JSON.stringify(task)]);
  return JSON.parse(stdout) as Weights;
}

const small = tinySpec({ layers: 1, width: 8, context: 4, vocabulary: 11, activation: 'relu' });

for (const [device, settings, marks] of [
  ['cpu', {}, MARKS],
  ['cpu', { accumulationSteps: 3, recompute: true }, MARKS],
  ['cpu-graph', { accumulationSteps: 3, recompute: true }, MARKS],
  ['tfjs-wasm', {}, FEW],
  ['tfjs-cpu', {}, FEW],
] as const)
  it(`has the memory of step ${marks[0]} at step ${marks[1]}: ${device} ${JSON.stringify(settings)}`, {
    timeout: 600_000,
  }, async () => {
    const spec = { ...small, ...settings };
    const { atMarks } = await weigh({ device, spec, marks, stepsPerCall: 25 });
    const [early, late] = atMarks as [number, number];
    expect(Math.abs(late - early), `${early} and ${late} bytes`).toBeLessThan(SHARE * early + FLOOR_BYTES);
  });
