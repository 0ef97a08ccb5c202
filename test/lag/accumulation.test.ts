/** Studies whose batches pass through the model in parts: the same study, up to the order of sums. */
import { describe, expect, it } from 'vitest';
import type { StudySpec } from '../../src-main/contract/study.ts';
import { localTrainers } from './local-trainers.ts';
import { temporaryHomes } from './temporary-homes.ts';
import { outcomeOf, type TestHome, tinyStudy } from './tiny-study.ts';

const TOLERANCE = 2e-3;
const newHome = temporaryHomes();

const inParts = (accumulationSteps?: number): StudySpec =>
  tinyStudy({ compute: { trainers: 1, checkpointSeconds: 3600, accumulationSteps } });

interface Trained {
  readonly runs: Readonly<Record<string, readonly (readonly [step: number, loss: number])[]>>;
  readonly devices: readonly string[];
}

function trainedIn(home: TestHome, id: string): Trained {
  return home.read((history) => {
    const runs = history.listRuns(id);
    return {
      runs: Object.fromEntries(
        runs.map((run) => [
          run.id.slice(id.length + 1),
          history.listEvaluations(run.id).map(({ step, loss }) => [step, loss] as const),
        ]),
      ),
      devices: [...new Set(runs.map(({ device }) => device))],
    };
  });
}

function expectAlike(actual: Trained, expected: Trained): void {
  expect(Object.keys(actual.runs).sort()).toEqual(Object.keys(expected.runs).sort());
  for (const [run, evaluations] of Object.entries(expected.runs)) {
    expect(actual.runs[run]!.map(([step]) => step)).toEqual(evaluations.map(([step]) => step));
    for (const [index, [step, loss]] of evaluations.entries())
      expect(Math.abs(actual.runs[run]![index]![1] - loss), `${run} at ${step}`).toBeLessThan(TOLERANCE);
  }
}

describe('batches in parts', () => {
  it('make the same study under the same id, and every run says so', async () => {
    const [whole, parts] = [newHome(), newHome()];
    const first = await whole.run(inParts(), localTrainers());
    const second = await parts.run(inParts(2), localTrainers());
    expect(second.id).toBe(first.id);
    expect(second.decision!.strategy).toBe(first.decision!.strategy);
    const trained = trainedIn(parts, second.id);
    expectAlike(trained, trainedIn(whole, first.id));
    expect(trained.devices).toEqual([expect.stringMatching(/AdamW in WebAssembly, batches in 2 parts$/)]);
  });

  it('let a study that was stopped go on with more of them, as one that needs less memory has to', async () => {
    const home = newHome();
    const stop = new AbortController();
    const trainers = localTrainers({
      diesAt: (event) => {
        if (event.kind !== 'evaluation' || !event.runId.endsWith('stack/probe') || event.step < 9)
          return false;
        stop.abort();
        return true;
      },
    });
    // Measured up to step 6, with no checkpoint but the growing point: all are measured anew.
    await expect(home.run(inParts(), trainers, { signal: stop.signal })).rejects.toThrow('stopped');
    const stopped = home.read((history) => history.listStudies()[0]!.id);
    expect(trainedIn(home, stopped).runs['stack/probe']!.map(([step]) => step)).toEqual([0, 1, 3, 6]);
    const { id } = await home.run(inParts(4), localTrainers());
    const undisturbed = newHome();
    await undisturbed.run(inParts(), localTrainers());
    expectAlike(trainedIn(home, id), trainedIn(undisturbed, id));
  });

  it('may be joined with activations that are computed again, which change nothing', async () => {
    const outcomes = [];
    for (const recompute of [false, true]) {
      const home = newHome();
      const compute = { trainers: 1, checkpointSeconds: 3600, accumulationSteps: 2, recompute };
      const { id } = await home.run(tinyStudy({ compute }), localTrainers());
      outcomes.push(home.read((history) => outcomeOf(history, id)));
      expect(trainedIn(home, id).devices[0]!.endsWith('activations recomputed')).toBe(recompute);
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  });

  it('are trained in a process whose largest memory is kept with every run', async () => {
    const home = newHome();
    const { id, candidates } = await home.run(inParts(2), localTrainers());
    const runs = home.read((history) => history.listRuns(id));
    for (const { peakMemoryBytes } of runs) expect(peakMemoryBytes).toBeGreaterThan(20e6);
    expect(candidates.map(({ peakMemoryBytes }) => peakMemoryBytes! > 20e6)).not.toContain(false);
  });

  it('keep their source apart from one that was trained at once', async () => {
    const home = newHome();
    const other = { name: 'other', seed: 3, horizon: 25 };
    await home.run(inParts(2), localTrainers());
    const trainers = localTrainers();
    await home.run(tinyStudy({ ...other, compute: inParts().compute }), trainers);
    expect(trainers.jobs.some(({ runId }) => runId.endsWith('/source'))).toBe(true);
    const again = localTrainers();
    await home.run(tinyStudy({ ...other, horizon: 26, compute: inParts().compute }), again);
    expect(again.jobs.some(({ runId }) => runId.endsWith('/source'))).toBe(false);
  });
});
