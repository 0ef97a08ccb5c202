import { rmSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionEvidence } from '../../src-main/contract/analysis.ts';
import type { StudySpecInput } from '../../src-main/contract/study.ts';
import { readCheckpoint } from '../../src-main/training/checkpoint-file.ts';
import { localTrainers } from './local-trainers.ts';
import { temporaryHomes } from './temporary-homes.ts';
import type { Outcome } from './tiny-study.ts';
import { outcomeOf, TestHome, TINY_POOL, tinyStudy } from './tiny-study.ts';

const HORIZON = 24;
const LAG = 12;
const CONTROL = { name: 'scratch', operator: 'scratch' } as const;

let test: TestHome;
const newHome = temporaryHomes();
beforeEach(() => {
  test = newHome();
});

/** Runs a study in a home of its own, or in the given one. */
async function outcomeIn(
  changes: Partial<StudySpecInput>,
  home = newHome(),
  trainers = localTrainers(),
): Promise<Outcome & { id: string }> {
  const { id } = await home.run(tinyStudy(changes), trainers);
  return { id, ...home.read((history) => outcomeOf(history, id)) };
}

const audit: Partial<StudySpecInput> = { mode: 'audit' };
let reference: Outcome & { id: string };
beforeAll(async () => {
  const home = new TestHome();
  reference = await outcomeIn(audit, home);
  home.remove();
});

const sizes = (outcome: Outcome): Record<string, number> =>
  Object.fromEntries(Object.entries(outcome.runs).map(([name, run]) => [name, run.stepsDone]));

describe('runStudy', () => {
  it('gives the same bytes for any number of trainers and threads', async () => {
    for (const compute of [
      { trainers: 1, threads: 1, checkpointSeconds: 0 },
      { trainers: 3, threads: 2, checkpointSeconds: 3600 },
    ]) {
      const outcome = await outcomeIn({ ...audit, compute });
      expect(outcome).toEqual(reference);
    }
  });

  it("does not change a candidate's numbers when others are added or put in another order", async () => {
    const pool = {
      ...TINY_POOL,
      strategies: [{ name: 'mirror', operator: 'mirror' as const }, ...[...TINY_POOL.strategies].reverse()],
      controls: [CONTROL],
    };
    const outcome = await outcomeIn({ ...audit, pool });
    expect(outcome.runs).toMatchObject(reference.runs);
    expect(sizes(outcome)).toEqual({
      ...sizes(reference),
      'mirror/probe': LAG,
      'mirror/full': HORIZON,
      'scratch/probe': LAG,
      'scratch/full': HORIZON,
    });
    expect((outcome.decision as DecisionEvidence).values.map(({ strategy }) => strategy)).not.toContain(
      'scratch',
    );
  });

  it('trains nothing again when a finished study is run again, and another study for another seed', async () => {
    const first = await outcomeIn({}, test);
    const trainers = localTrainers();
    const again = await outcomeIn({ compute: { trainers: 1, checkpointSeconds: 5 } }, test, trainers);
    expect(again).toEqual(first);
    expect(trainers.jobs).toEqual([]);
    const other = await outcomeIn({ seed: 4 }, test, trainers);
    expect(other.id).not.toBe(first.id);
    expect(other.runs.source!.evaluations).not.toEqual(first.runs.source!.evaluations);
    expect(trainers.jobs[0]!.runId).toBe(`${other.id}/source`);
  });

  it('drops all checkpoints but those of the source and the chosen model unless all are to be kept', async () => {
    const { decision, runs } = await outcomeIn({ keepCheckpoints: 'chosen' }, test);
    const chosen = (decision as DecisionEvidence).strategy;
    const kept = Object.entries(runs).filter(([, run]) => run.checkpoints.length > 0);
    expect(kept.map(([name]) => name).sort()).toEqual([`${chosen}/full`, 'source'].sort());
    expect(test.checkpointFiles()).toHaveLength(2);
  });

  it('ends its progress at the whole of the planned work', async () => {
    for (const rule of ['cooldown', 'lossAtLag', 'initialLoss'] as const) {
      const seen: { runsDone: number; flopsDone: number }[] = [];
      const decision = rule === 'initialLoss' ? { rule } : { rule, lag: LAG };
      let last = { runsDone: 0, runsTotal: -1, flopsDone: 0, flopsTotal: -1, phase: '' };
      await newHome().run(tinyStudy({ decision }), localTrainers(), {
        onProgress: (progress) => {
          seen.push(progress);
          last = progress;
        },
      });
      expect(last, rule).toMatchObject({
        phase: 'finished',
        runsDone: last.runsTotal,
        flopsDone: last.flopsTotal,
      });
      expect(seen.every(({ flopsDone }, index) => flopsDone >= (seen[index - 1]?.flopsDone ?? 0))).toBe(true);
    }
  });
});

describe('runStudy, decision rules', () => {
  const strategies = TINY_POOL.strategies.map(({ name }) => name);
  const rules = [
    { rule: 'lossAtLag', lag: LAG },
    { rule: 'windowMean', lag: LAG, window: 6 },
    { rule: 'initialLoss' },
  ] as const;
  /** The rule's value, read from the recorded text of the evaluations. */
  const ruleValue = (outcome: Outcome, run: string, rule: (typeof rules)[number]): number => {
    const lossByStep = outcome.runs[run]!.evaluations.map((line) => {
      const [step, loss] = line.split(' ');
      return { step: Number(step), loss: Buffer.from(loss!, 'hex').readDoubleBE() };
    });
    const [low, high] = {
      lossAtLag: [LAG, LAG],
      windowMean: [LAG - 5, LAG],
      initialLoss: [0, 0],
    }[rule.rule] as [number, number];
    const used = lossByStep.filter(({ step }) => step >= low && step <= high);
    return used.reduce((sum, { loss }) => sum + loss, 0) / used.length;
  };

  for (const decision of rules) {
    it(`${decision.rule}: probes on the final schedule, chooses the lowest value, goes on where it stopped`, async () => {
      const lag = 'lag' in decision ? decision.lag : 0;
      const audited = await outcomeIn({ ...audit, decision });
      const selected = await outcomeIn({ decision });

      const values = new Map(strategies.map((name) => [name, ruleValue(audited, `${name}/full`, decision)]));
      const best = Math.min(...values.values());
      const evidence = selected.decision as DecisionEvidence;
      expect(values.get(evidence.strategy)).toBe(best);
      for (const { strategy, value } of evidence.values) expect(value).toBeCloseTo(values.get(strategy)!, 12);
      expect(selected.decision).toEqual(audited.decision);

      const full = (steps: (name: string) => number): Record<string, number> =>
        Object.fromEntries([['source', 20], ...strategies.map((name) => [`${name}/full`, steps(name)])]);
      expect(sizes(audited)).toEqual(full(() => HORIZON));
      expect(sizes(selected)).toEqual(full((name) => (name === evidence.strategy ? HORIZON : lag)));

      // Stopping at the lag changes nothing of what follows.
      const chosen = `${evidence.strategy}/full`;
      const { checkpoints, ...run } = selected.runs[chosen]!;
      expect(run).toEqual({ ...audited.runs[chosen], checkpoints: undefined });
      expect(checkpoints).toEqual(audited.runs[chosen]!.checkpoints);
      for (const name of strategies)
        expect(audited.runs[`${name}/full`]!.evaluations).toEqual(
          expect.arrayContaining([...selected.runs[`${name}/full`]!.evaluations]),
        );
    });
  }

  it('measures the noise floor by repeats with another training order, which leave all else alone', async () => {
    for (const decision of [rules[1], { rule: 'cooldown', lag: LAG } as const]) {
      const pool = { ...TINY_POOL, controls: [CONTROL] };
      const plain = await outcomeIn({ ...audit, decision, pool });
      const repeated = await outcomeIn({ ...audit, decision, pool, repeats: 2 });
      expect(repeated.runs).toMatchObject(plain.runs);
      expect((plain.decision as DecisionEvidence).noiseFloor).toBeNull();
      expect((repeated.decision as DecisionEvidence).noiseFloor).toBeGreaterThan(0);
      const extra = Object.keys(repeated.runs).filter((name) => !(name in plain.runs));
      expect(extra.sort()).toEqual(
        strategies.flatMap((name) => [`${name}#1/probe`, `${name}#2/probe`]).sort(),
      );
      const curves = extra.map((name) => repeated.runs[name]!.evaluations.at(-1));
      expect(new Set(curves).size).toBe(extra.length);
      if (decision.rule === 'windowMean') {
        const stepsOf = (name: string): string[] =>
          repeated.runs[name]!.evaluations.map((line) => line.split(' ')[0]!).filter(
            (step) => Number(step) > LAG - 6 && Number(step) <= LAG,
          );
        expect(stepsOf('stack#1/probe')).toEqual(stepsOf('stack/full'));
      }
    }
  });
});

describe('runStudy, source', () => {
  it('is trained once for studies that share it, and stays when the first of them is removed', async () => {
    const second = { horizon: 16, decision: { rule: 'cooldown', lag: 8, resamples: 100 } } as const;
    const alone = await outcomeIn(second);
    const first = await outcomeIn({}, test);

    const trainers = localTrainers();
    const stop = new AbortController();
    await expect(
      test.run(tinyStudy(second), trainers, {
        signal: stop.signal,
        onProgress: ({ phase }) => phase === 'probing' && stop.abort(),
      }),
    ).rejects.toMatchObject({ code: 'interrupted' });
    test.service(trainers).remove(first.id);
    const reused = await outcomeIn(second, test, trainers);
    expect(reused).toEqual(alone);
    expect(trainers.jobs.filter(({ runId }) => runId.endsWith('/source'))).toEqual([]);
    const kinds = test.read((history) => history.listEvents(reused.id).map(({ kind }) => kind));
    expect(kinds).toContain('source-reused');
  });

  it('is trained again when the file of an earlier one is gone', async () => {
    const second = { horizon: 16 } as const;
    const alone = await outcomeIn(second);
    const first = await outcomeIn({ keepCheckpoints: 'chosen' }, test);
    for (const name of test.checkpointFiles()) rmSync(`${test.home.checkpoints}/${name}`);
    expect(await outcomeIn(second, test)).toEqual(alone);
    // The first study refers to the same source, whose file is there again.
    expect(test.checkpointFiles()).toEqual(
      expect.arrayContaining([`${first.runs.source!.checkpoints[0]!.split(' ')[2]}.safetensors`]),
    );
  });

  it('may have no layers', async () => {
    const pool = {
      name: 'none',
      strategies: [
        { name: 'random', operator: 'random' as const },
        { name: 'idRandom', operator: 'identityRandom' as const },
      ],
      controls: [CONTROL],
    };
    const outcome = await outcomeIn({ source: { layers: 0, steps: 8 }, target: { layers: 2 }, pool });
    expect(outcome.state).toBe('finished');
    // Identity layers leave the trained embeddings' function alone.
    const lossAt = (run: string, index: number): string =>
      outcome.runs[run]!.evaluations.at(index)!.split(' ')[1]!;
    expect(lossAt('idRandom/probe', 0)).toBe(lossAt('source', -1));
    expect(lossAt('scratch/probe', 0)).not.toBe(lossAt('source', -1));
  });

  it('hands its Adam moments and step counter to strategies that copy them', async () => {
    const pool = {
      name: 'moments',
      strategies: [
        { name: 'copies', operator: 'stack' as const, moments: 'copy' as const },
        { name: 'resets', operator: 'stack' as const },
      ],
    };
    const starts = new Map<string, { offset: number; momentM: ReadonlyMap<string, Float32Array> | null }>();
    const trainers = localTrainers({
      onJob: (job) => {
        const { momentM } = readCheckpoint(job.start.path);
        starts.set(job.runId.replace(/^[^/]*\//, ''), { offset: job.adamStepOffset, momentM });
        return job;
      },
    });
    const { runs } = await outcomeIn({ pool, source: { layers: 2, steps: 20 } }, test, trainers);
    const [, , hash] = runs.source!.checkpoints[0]!.split(' ');
    const source = readCheckpoint(`${test.home.checkpoints}/${hash}.safetensors`);
    const copies = starts.get('copies/probe')!;
    expect(copies.offset).toBe(20);
    expect(copies.momentM!.get('wte')).toEqual(source.momentM!.get('wte'));
    expect(source.momentM!.get('wte')!.some((value) => value !== 0)).toBe(true);
    expect(starts.get('resets/probe')).toEqual({ offset: 0, momentM: null });
    const losses = ['copies/probe', 'resets/probe'].map((run) => runs[run]!.evaluations);
    expect(losses[0]![0]).toBe(losses[1]![0]); // the same model at the growing point
    expect(losses[0]!.at(-1)).not.toBe(losses[1]!.at(-1));
  });
});
