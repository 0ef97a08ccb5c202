/** Runs in lockstep: the real loop and the real group, against the same runs alone. */
import { describe, expect, it } from 'vitest';
import type { CandidateGroup, CompiledGroup, TrainingState } from '../../src-main/engine/engine.ts';
import { onnxRuntimeEngine } from '../../src-main/engine/onnxruntime-engine.ts';
import type { TrainingSpec } from '../../src-main/model/training-programs.ts';
import { Lockstep } from '../../src-main/training/lockstep.ts';
import { relativeError, tinyScalars, tinySpec, tinyState, tinyTokens } from '../engine/tiny-model.ts';

const engine = onnxRuntimeEngine({ device: 'cpu', threads: 1, optimizer: 'graph' });
const spec = tinySpec();
const batch = (step: number) =>
  [tinyTokens(spec, 1, spec.batchSize, step), tinyScalars(spec, 1, step)] as const;
const validation = tinyTokens(spec, 2, spec.evaluationBatchSize);

/** Compiles groups of the engine and writes down how large they were and what is open. */
function watched() {
  const counts: number[] = [];
  let open = 0;
  const compile = async (given: TrainingSpec, count: number): Promise<CompiledGroup> => {
    counts.push(count);
    const compiled = await engine.compileGroup!(given, count);
    return {
      spec: compiled.spec,
      count: compiled.count,
      dispose: () => compiled.dispose(),
      open: async (states: readonly TrainingState[]): Promise<CandidateGroup> => {
        const group = await compiled.open(states);
        open++;
        return Object.assign(Object.create(group) as CandidateGroup, {
          dispose: async () => {
            open--;
            await group.dispose();
          },
        });
      },
    };
  };
  return { compile, counts, open: () => open };
}

/** Trains alone what `member` trains among others. */
async function alone(seed: number, steps: number): Promise<{ losses: number[]; evaluation: Float32Array }> {
  const model = await engine.compile(spec);
  const session = await model.open(tinyState(spec, seed));
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) losses.push(...(await session.train(...batch(step))).losses);
  const evaluation = await session.evaluate(validation);
  await session.dispose();
  await model.dispose();
  return { losses, evaluation };
}

describe('Lockstep', () => {
  it('gives each run what it would get alone, also after others left and the graph became smaller', async () => {
    const watch = watched();
    let ms = 0;
    const lockstep = new Lockstep(5, watch.compile, () => (ms += 7));
    const lengths = [6, 2, 6, 2, 1]; // how many steps each takes before it leaves
    const runs = lengths.map(async (steps, index) => {
      const member = lockstep.member(index);
      const model = await member.compile(spec);
      const session = await model.open(tinyState(spec, index + 1));
      const losses: number[] = [];
      const times: number[] = [];
      for (let step = 1; step <= steps; step++) {
        losses.push(...(await session.train(...batch(step))).losses);
        times.push(member.now());
      }
      // Only those that go on together are measured together.
      const evaluation = steps === 6 ? await session.evaluate(validation) : null;
      const state = steps === 6 ? await session.read() : null;
      await session.dispose();
      member.leave();
      return { losses, times, evaluation, state, wall: member.wall() };
    });
    const results = await Promise.all(runs);
    for (const [index, { losses, evaluation, state }] of results.entries()) {
      const expected = await alone(index + 1, lengths[index]!);
      expect(relativeError(losses, expected.losses), `run ${index}`).toBeLessThan(1e-5);
      if (evaluation) expect(relativeError(evaluation, expected.evaluation)).toBeLessThan(1e-5);
      if (state) expect(state.parameters.size).toBe(tinyState(spec).parameters.size);
    }
    // Five at first, four without the last; two are left of four places, which is half: a smaller graph.
    expect(watch.counts).toEqual([5, 2]);
    expect(watch.open()).toBe(0);
    // Runs of the same length saw the same times, and time passed.
    expect(results[0]!.times).toEqual(results[2]!.times);
    expect(results[0]!.times.at(-1)).toBeGreaterThan(results[1]!.times.at(-1)!);
  });

  it('refuses runs that ask for different things, all of them', async () => {
    const watch = watched();
    const lockstep = new Lockstep(2, watch.compile, () => 0);
    const sessions = await Promise.all(
      [0, 1].map(async (index) => (await lockstep.member(index).compile(spec)).open(tinyState(spec, index))),
    );
    const [tokens, scalars] = batch(1);
    const different = [
      sessions[0]!.train(tokens, scalars),
      sessions[1]!.train(tokens, tinyScalars(spec, 1, 2)),
    ];
    for (const one of different) await expect(one).rejects.toThrow('asked for different things');
    const mixed = [sessions[0]!.evaluate(validation), sessions[1]!.read()];
    for (const one of mixed) await expect(one).rejects.toThrow('asked for different things');
    const other = [0, 1].map(async (index) =>
      (await lockstep.member(index).compile(index === 0 ? spec : tinySpec({ layers: 1 }))).open(
        tinyState(spec, index),
      ),
    );
    for (const one of other) await expect(one).rejects.toThrow('one architecture and recipe');
  });

  it('tells every run when the group cannot be compiled', async () => {
    const lockstep = new Lockstep(
      2,
      async () => {
        throw new Error('no memory');
      },
      () => 0,
    );
    const opens = [0, 1].map(async (index) =>
      (await lockstep.member(index).compile(spec)).open(tinyState(spec, index)),
    );
    for (const one of opens) await expect(one).rejects.toThrow('no memory');
  });
});
