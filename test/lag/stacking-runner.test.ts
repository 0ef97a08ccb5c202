import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StackingSpecInput } from '../../src-main/contract/stacking.ts';
import type { PolicyAnalysis, StackingAnalysis } from '../../src-main/contract/stacking-analysis.ts';
import { trainingFlopsPerStep } from '../../src-main/model/flops.ts';
import { readCheckpoint } from '../../src-main/training/checkpoint-file.ts';
import type { TrainerLauncher } from '../../src-main/training/trainer-pool.ts';
import { localTrainers } from './local-trainers.ts';
import { temporaryHomes } from './temporary-homes.ts';
import { tinyStacking } from './tiny-stacking.ts';
import { outcomeOf, runOptions, TestHome } from './tiny-study.ts';

const newHome = temporaryHomes();

const run = (
  changes: Partial<StackingSpecInput> = {},
  home = newHome(),
  launcher: TrainerLauncher = localTrainers(),
): Promise<StackingAnalysis> => home.service(launcher).run(tinyStacking(changes), '', runOptions());

const policyOf = (analysis: StackingAnalysis, name: string): PolicyAnalysis =>
  analysis.policies.find((policy) => policy.name === name)!;

const everything = (home: TestHome, id: string) =>
  home.read((history) => ({
    decisions: history.listDecisions(id).map(({ decidedAt: _, ...decision }) => decision),
    runs: outcomeOf(history, id).runs,
  }));

let reference: StackingAnalysis;
let referenceRecords: ReturnType<typeof everything>;
beforeAll(async () => {
  const home = new TestHome();
  reference = await run({}, home);
  referenceRecords = everything(home, reference.id);
  home.remove();
});

describe('runStacking', () => {
  it('spends the same FLOPs on every policy, the charged search included', () => {
    const cost = (layers: number): number => trainingFlopsPerStep({ ...reference.architecture, layers }, 4);
    expect(reference.budgetFlops).toBe(16 * cost(1) + 16 * cost(2) + 48 * cost(4));
    for (const policy of reference.policies) {
      const spent = policy.trainingFlops + (policy.search === 'charged' ? policy.searchFlops : 0);
      expect(spent).toBeLessThanOrEqual(reference.budgetFlops);
      // All but what is left below one step of the deepest model.
      expect(reference.budgetFlops - spent).toBeLessThan(cost(4));
    }
    // Every candidate of each growing point, four steps each; stack and noisy stack of one layer differ by the noise.
    const lag = policyOf(reference, 'lag (search charged)');
    const counts = lag.growingPoints.map(({ probes }) => probes.length);
    expect(lag.searchFlops).toBe(counts[0]! * 4 * cost(2) + counts[1]! * 4 * cost(4));
    expect(policyOf(reference, 'always stack').searchFlops).toBe(0);
  });

  it('pays for the search with the last stage alone', () => {
    const charged = policyOf(reference, 'lag (search charged)');
    const free = policyOf(reference, 'lag (search free)');
    const path = ({ stages }: PolicyAnalysis) =>
      stages.slice(0, -1).map(({ flopsBefore: _, ...stage }) => stage);
    expect(path(charged)).toEqual(path(free));
    expect(charged.stages.at(-1)!.steps).toBeLessThan(48);
    expect(free.stages.at(-1)!.steps).toBe(48);
  });

  it('grows every stage out of the model the stage before ended with', async () => {
    const home = newHome();
    const { id } = await run({}, home);
    home.read((history) => {
      const checkpoint = (runId: string, kind: string) => {
        const found = history.listCheckpoints(`${id}/${runId}`).find((entry) => entry.kind === kind)!;
        return readCheckpoint(join(home.home.checkpoints, `${found.hash}.safetensors`));
      };
      const source = checkpoint('source', 'final');
      const probe = history.listRuns(id).find((entry) => entry.id.endsWith('always stack/1/stage'))!;
      expect(probe.stepsDone).toBe(16);
      const grown = checkpoint('always stack/1/stage', 'final');
      expect(grown.architecture.layers).toBe(2);
      expect(grown.lineage?.map(({ from }) => from)).toEqual([0, 0]);
      const last = checkpoint('always stack/2/stage', 'final');
      expect(last.lineage?.map(({ from }) => from)).toEqual([0, 1, 0, 1]);
      expect(source.architecture.layers).toBe(1);
    });
    expect(
      reference.policies.find(({ name }) => name === 'always stack')!.stages[1]!.initialLoss,
    ).not.toBeNull();
  });

  it('traces every layer of a final model back to the stage it was born in', () => {
    const stacked = policyOf(reference, 'always stack').lineage;
    expect(stacked.map(({ bornInStage, bornAsLayer }) => [bornInStage, bornAsLayer])).toEqual(
      Array.from({ length: 4 }, () => [0, 0]),
    );
    expect(stacked[3]!.ancestors.map(({ growingPoint, from }) => [growingPoint, from])).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(policyOf(reference, 'scratch').lineage).toEqual([]);
    for (const policy of reference.policies)
      for (const origin of policy.lineage) {
        const last = origin.ancestors.at(-1)!;
        if (origin.bornInStage > 0) expect(last.from).toBeNull();
      }
  });

  it('leaves the evidence of every choice', () => {
    const { growingPoints } = policyOf(reference, 'lag (search free)');
    expect(growingPoints.map(({ fromLayers, toLayers }) => [fromLayers, toLayers])).toEqual([
      [1, 2],
      [2, 4],
    ]);
    for (const { decision, strategy, probes } of growingPoints) {
      expect(decision).toMatchObject({ rule: 'cooldown', lag: 4, strategy });
      const losses = probes.map(({ curve }) => curve.at(-1)!.loss!);
      expect(Math.min(...losses)).toBe(decision!.values[0]!.value);
      expect(probes.find((entry) => entry.strategy === strategy)!.curve.at(-1)!.loss).toBe(
        decision!.values[0]!.value,
      );
    }
  });

  it('ranks the policies by final loss, and measures their distance to the best', () => {
    const ordered = [...reference.policies].sort((a, b) => a.rank! - b.rank!);
    expect(ordered.map(({ finalLoss }) => finalLoss)).toEqual(
      reference.policies.map(({ finalLoss }) => finalLoss!).sort((a, b) => a - b),
    );
    expect(ordered[0]!.margin).toBeNull();
    for (const { margin, finalLoss } of ordered.slice(1))
      expect(margin!.estimate).toBeCloseTo(finalLoss! - ordered[0]!.finalLoss!, 5);
  });

  it('gives the same bytes for any number of trainers', async () => {
    for (const trainers of [1, 4]) {
      const home = newHome();
      const { id } = await run({ compute: { trainers, checkpointSeconds: 3600 } }, home);
      const records = everything(home, id);
      expect(records.decisions).toEqual(referenceRecords.decisions);
      expect(Object.keys(records.runs).sort()).toEqual(Object.keys(referenceRecords.runs).sort());
      for (const [name, entry] of Object.entries(records.runs))
        expect([name, entry.evaluations]).toEqual([name, referenceRecords.runs[name]!.evaluations]);
    }
  });

  it('goes on after interruptions and dying trainers as if nothing had happened', async () => {
    const home = newHome();
    let events = 0;
    let lives = 0;
    for (;;) {
      lives++;
      const stop = new AbortController();
      const limit = 25 + lives * 7;
      events = 0;
      const launcher = localTrainers({
        diesAt: (event) => event.kind === 'progress' && ++events % 19 === 0,
      });
      try {
        await home.service(launcher).run(
          tinyStacking(),
          '',
          runOptions({
            signal: stop.signal,
            onProgress: () => {
              if (events > limit) stop.abort();
            },
          }),
        );
        break;
      } catch (error) {
        expect(error).toMatchObject({ code: 'interrupted' });
      }
    }
    expect(lives).toBeGreaterThan(1);
    const records = everything(home, reference.id);
    expect(records.decisions).toEqual(referenceRecords.decisions);
    for (const [name, entry] of Object.entries(referenceRecords.runs)) {
      expect([name, records.runs[name]!.evaluations]).toEqual([name, entry.evaluations]);
      expect([name, records.runs[name]!.checkpoints.at(-1)]).toEqual([name, entry.checkpoints.at(-1)]);
    }
  });

  it('computes a lost checkpoint of a stage again when it goes on', async () => {
    const home = newHome();
    const stop = new AbortController();
    const partial = home.service(localTrainers()).run(
      tinyStacking(),
      '',
      runOptions({
        signal: stop.signal,
        onProgress: ({ runId }) => {
          if (runId?.includes('/always stack/2/')) stop.abort();
        },
      }),
    );
    await expect(partial).rejects.toMatchObject({ code: 'interrupted' });
    home.read((history) => {
      const lost = history.latestCheckpoint(`${reference.id}/source`)!;
      rmSync(join(home.home.checkpoints, `${lost.hash}.safetensors`));
    });
    const resumed = await run({}, home);
    expect(resumed.policies.map(({ finalLoss }) => finalLoss)).toEqual(
      reference.policies.map(({ finalLoss }) => finalLoss),
    );
  });

  it('lets the other policies go on when one diverges, and says which', async () => {
    const launcher = localTrainers({
      onJob: (job) => (job.runId.includes('at 50%/1/stage') ? { ...job, divergenceLoss: 0.1 } : job),
    });
    const analysis = await run({}, newHome(), launcher);
    const lost = policyOf(analysis, 'stack at 50%');
    expect(lost).toMatchObject({ state: 'diverged', finalLoss: null, rank: null });
    expect(lost.reason).toMatch(/above the limit/);
    expect(analysis.state).toBe('finished');
    for (const { name, finalLoss } of reference.policies)
      if (name !== lost.name) expect(policyOf(analysis, name).finalLoss).toBe(finalLoss);
    expect(
      analysis.events.some(
        ({ kind, message }) => kind === 'policy-ended' && message.includes('stack at 50%'),
      ),
    ).toBe(true);
  });

  it('fails when no policy comes to its end', async () => {
    const launcher = localTrainers({ onJob: (job) => ({ ...job, divergenceLoss: 0.1 }) });
    await expect(run({ policies: [{ policy: 'scratch' }] }, newHome(), launcher)).rejects.toMatchObject({
      code: 'failed',
    });
  });

  it('grows early when a trigger fires, records what it read, and spends the rest at the end', async () => {
    const analysis = await run({
      stages: [
        { layers: 1, steps: 40, until: { trigger: 'plateau', window: 8, improvement: 0.5 } },
        { layers: 4, steps: 40 },
      ],
      policies: [{ policy: 'fixed', strategy: 'stack' }],
    });
    const [policy] = analysis.policies;
    const [first, last] = policy!.stages;
    const fired = first!.triggerReadings.findIndex(({ hasFired }) => hasFired);
    expect(fired).toBeGreaterThanOrEqual(0);
    expect(fired).toBe(first!.triggerReadings.length - 1);
    expect(first!.steps).toBe(first!.triggerReadings[fired]!.step);
    expect(first!.steps).toBeLessThan(40);
    expect(last!.steps).toBeGreaterThan(40);
    expect(analysis.largestBudgetError).toBeLessThan(0.02);
    expect(analysis.events.some(({ kind }) => kind === 'trigger-fired')).toBe(true);
  });

  it('grows once when a trigger fires, at equal FLOPs', async () => {
    const analysis = await run({
      policies: [
        { policy: 'once', at: { trigger: 'plateau', window: 8, improvement: 0.5 }, strategy: 'stack' },
        { policy: 'once', at: 0.5, search: 'free' },
      ],
    });
    const [triggered, chosen] = analysis.policies;
    expect(triggered!.name).toBe('stack at plateau');
    expect(triggered!.stages.map(({ layers }) => layers)).toEqual([1, 4]);
    expect(triggered!.stages[0]!.triggerReadings.at(-1)!.hasFired).toBe(true);
    expect(triggered!.stages[0]!.steps).toBe(triggered!.stages[0]!.triggerReadings.at(-1)!.step);
    expect(chosen!.growingPoints[0]!.decision!.rule).toBe('cooldown');
    expect(analysis.largestBudgetError).toBeLessThan(0.02);
  });

  it('chooses by racing rules at a growing point, and pays for what they trained', async () => {
    const analysis = await run({
      decision: { rule: 'successiveHalving', ladder: [2, 4], eta: 2, resamples: 100 },
      policies: [{ policy: 'lag', search: 'charged' }],
    });
    const [policy] = analysis.policies;
    for (const [index, point] of policy!.growingPoints.entries()) {
      const { flopsPerStep } = policy!.stages[index + 1]!;
      const trained = Object.values(point.decision!.trainedTo!).reduce((sum, steps) => sum + steps, 0);
      expect(point.searchFlops).toBe(trained * flopsPerStep);
      expect(trained).toBeLessThan(point.probes.length * 4);
    }
    expect(analysis.largestBudgetError).toBeLessThan(0.02);
  });

  it('grows from models of no layer and of one', async () => {
    const analysis = await run({
      stages: [
        { layers: 0, steps: 12 },
        { layers: 1, steps: 12 },
        { layers: 3, steps: 12 },
      ],
      pool: { name: 'fresh', strategies: ['randTop', 'idRandTop'] },
      policies: [{ policy: 'lag', search: 'free' }],
    });
    const [policy] = analysis.policies;
    expect(policy!.state).toBe('finished');
    expect(policy!.lineage.map(({ bornInStage }) => bornInStage)[0]).toBe(1);
  });
});
