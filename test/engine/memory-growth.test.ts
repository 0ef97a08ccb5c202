/**
 * A training process needs no more memory after 10 000 steps than after 2 000: real processes, weighed by their
 * resident memory six times on the way. Allocator and V8 take a few megabytes at moments of their own; what steps keep
 * grows between any two weighings, 1 KB a step by 8 MB in all. TensorFlow.js is slower and says itself what it holds
 * (tensorflow-contract.ts): fewer steps here, all of them once (docs/decisions.md).
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { tinySpec } from './tiny-model.ts';
import type { Task, Weights } from './train-and-weigh.ts';

/** Of the memory: what all steps together may keep, by the median of what they keep between two weighings. */
const SHARE = 0.02;
/** The same for what was taken once. */
const SHARE_ONCE = 0.1;
const WEIGHINGS = 6;
const MANY = [2_000, 10_000] as const;
const FEW = [1_000, 3_000] as const;

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
  ['cpu', {}, MANY],
  ['cpu', { accumulationSteps: 3, recompute: true }, MANY],
  ['native', {}, MANY],
  ['native', { accumulationSteps: 3, recompute: true }, MANY],
  ['cpu-graph', { accumulationSteps: 3, recompute: true }, MANY],
  ['tfjs-wasm', {}, FEW],
  ['tfjs-cpu', {}, FEW],
] as const)
  it(`has the memory of step ${marks[0]} at step ${marks[1]}: ${device} ${JSON.stringify(settings)}`, {
    timeout: 600_000,
  }, async () => {
    const [first, last] = marks;
    const between = (last - first) / (WEIGHINGS - 1);
    const task = {
      device,
      spec: { ...small, ...settings },
      marks: Array.from({ length: WEIGHINGS }, (_, index) => first + index * between),
      stepsPerCall: 25,
    };
    const { atMarks, heldAtMarks } = await weigh(task);
    // What TensorFlow.js has is all in V8's hands, which says it to the byte; its resident memory is V8's own affair.
    const weights = device.startsWith('tfjs') ? heldAtMarks : atMarks;
    const growth = weights.slice(1).map((bytes, index) => bytes - weights[index]!);
    const typical = growth.toSorted((a, b) => a - b)[Math.floor(growth.length / 2)]!;
    const said = `${weights.join(', ')} bytes`;
    expect(typical * growth.length, said).toBeLessThan(SHARE * weights[0]!);
    expect(weights.at(-1)! - weights[0]!, said).toBeLessThan(SHARE_ONCE * weights[0]!);
  });
