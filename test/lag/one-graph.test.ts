/**
 * Studies whose candidates train in one graph, on the CPU: the same study as one by one, up to float32 rounding of
 * sums taken in another order, which AdamW's sign-like first steps amplify.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { StudySpecInput } from '../../src-main/contract/study.ts';
import { localTrainers } from './local-trainers.ts';
import { TestHome, tinyStudy } from './tiny-study.ts';

const TOLERANCE = 2e-3;
const opened: TestHome[] = [];
afterEach(() => {
  for (const home of opened.splice(0)) home.remove();
});

const inOneGraph = (candidatesPerGraph: number) => ({
  trainers: 1,
  checkpointSeconds: 0,
  candidatesPerGraph,
});

async function losses(
  changes: Partial<StudySpecInput>,
  trainers = localTrainers(),
  home = new TestHome(),
): Promise<{ chosen: string; runs: Record<string, [number, number][]>; devices: Record<string, string> }> {
  opened.push(home);
  const { id, decision } = await home.run(tinyStudy({ mode: 'audit', ...changes }), trainers);
  return home.read((history) => {
    const runs = history.listRuns(id);
    const name = (runId: string): string => runId.slice(id.length + 1);
    return {
      chosen: decision!.strategy,
      runs: Object.fromEntries(
        runs.map((run) => [
          name(run.id),
          history.listEvaluations(run.id).map(({ step, loss }): [number, number] => [step, loss]),
        ]),
      ),
      devices: Object.fromEntries(runs.map((run) => [name(run.id), run.device])),
    };
  });
}

function expectAlike(
  actual: Record<string, [number, number][]>,
  expected: Record<string, [number, number][]>,
) {
  expect(Object.keys(actual).toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [run, evaluations] of Object.entries(expected)) {
    expect(actual[run]!.map(([step]) => step)).toEqual(evaluations.map(([step]) => step));
    for (const [index, [step, loss]] of evaluations.entries())
      expect(Math.abs(actual[run]![index]![1] - loss), `${run} at ${step}`).toBeLessThan(TOLERANCE);
  }
}

describe('candidates in one graph', () => {
  it('end as they do one by one, and say how they trained', async () => {
    const alone = await losses({});
    const together = await losses({ compute: inOneGraph(4) });
    expectAlike(together.runs, alone.runs);
    expect(together.chosen).toBe(alone.chosen);
    expect(together.devices.source).toMatch(/AdamW in WebAssembly$/);
    for (const run of ['stack/probe', 'random/full', 'noisy/full'])
      expect(together.devices[run]).toMatch(/4 candidates in one graph$/);
  });

  it('go on without one that diverges, and without those that a race drops', async () => {
    const rule = { rule: 'successiveHalving' as const, ladder: [6, 12] };
    const spec: Partial<StudySpecInput> = { mode: 'select', decision: rule };
    const alone = await losses(spec);
    const together = await losses({ ...spec, compute: inOneGraph(4) });
    expectAlike(together.runs, alone.runs);
    const lost = localTrainers({
      onJob: (job) => (job.runId.includes('/random/') ? { ...job, divergenceLoss: 0.01 } : job),
    });
    const { runs } = await losses({ compute: inOneGraph(4) }, lost);
    expect(runs['random/full']).toHaveLength(1);
    for (const run of ['stack/full', 'noisy/full']) expect(runs[run]!.at(-1)![0]).toBe(24);
  });

  it('go on after the trainer died, beside others than before', async () => {
    const alone = await losses({});
    let deaths = 0;
    const dying = localTrainers({
      diesAt: (event) =>
        event.kind === 'checkpoint' &&
        event.runId.endsWith('identity/full') &&
        event.step === 8 &&
        deaths++ === 0,
    });
    const together = await losses({ compute: inOneGraph(3) }, dying);
    expect(deaths).toBeGreaterThan(0);
    expectAlike(together.runs, alone.runs);
  });
});
