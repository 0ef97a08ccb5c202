import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { StudySpecInput } from '../../src-main/contract/study.ts';
import type { ResolvedPool } from '../../src-main/growth/pool.ts';
import { resolvePool } from '../../src-main/growth/pool.ts';
import type { StudyPlan } from '../../src-main/lag/study-plan.ts';
import { plannedFlops, planStudy } from '../../src-main/lag/study-plan.ts';
import { localTrainers } from './local-trainers.ts';
import { TestHome, TINY_POOL, tinyStudy } from './tiny-study.ts';

const CONTROL = { name: 'scratch', operator: 'scratch' } as const;
const home = new TestHome();
afterAll(() => home.remove());

function plan(changes: Partial<StudySpecInput> = {}, resolved?: ResolvedPool): StudyPlan {
  const spec = tinyStudy(changes);
  const pool = resolved ?? resolvePool(spec.pool as Exclude<typeof spec.pool, string>, new Map());
  return planStudy(spec, 'study', 30, pool);
}

/** Any decision rule that fits the horizon. */
const anyTiming = fc
  .record({
    horizon: fc.integer({ min: 6, max: 3000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    rule: fc.constantFrom('cooldown', 'lossAtLag', 'initialLoss', 'windowMean'),
    windowShare: fc.double({ min: 0, max: 1, noNaN: true }),
    every: fc.integer({ min: 1, max: 500 }),
    early: fc.array(fc.integer({ min: 1, max: 4000 }), { maxLength: 5 }),
  })
  .map(({ horizon, share, rule, windowShare, every, early }) => {
    const lag = Math.max(5, Math.round(share * horizon));
    const window = Math.max(1, Math.round(windowShare * lag));
    const decision =
      rule === 'initialLoss'
        ? ({ rule } as const)
        : rule === 'windowMean'
          ? ({ rule, lag, window } as const)
          : ({ rule, lag } as const);
    return { horizon, decision, evaluation: { batches: 2, every, early } };
  });

describe('planStudy', () => {
  it('evaluates full runs at the lag, the grid, the end and four points of the last tenth, in order', () => {
    fc.assert(
      fc.property(anyTiming, ({ horizon, decision, evaluation }) => {
        const { evaluationSteps: steps } = plan({ horizon, decision, evaluation }).fullRun(0);
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        expect(steps[0]).toBeGreaterThanOrEqual(1);
        expect(steps.at(-1)).toBe(horizon);
        const lag = decision.rule === 'initialLoss' ? 0 : decision.lag;
        const wanted = [...evaluation.early, evaluation.every, ...(lag > 0 ? [lag] : [])];
        expect(steps).toEqual(expect.arrayContaining(wanted.filter((step) => step <= horizon)));
        const tenth = Math.max(1, Math.floor(horizon / 10));
        const last = steps.filter((step) => step > horizon - tenth);
        expect(last.length).toBeGreaterThanOrEqual(Math.min(4, tenth));
        if (decision.rule === 'windowMean') {
          const inWindow = steps.filter(
            (step) => step > decision.lag - decision.window && step <= decision.lag,
          );
          expect(inWindow.length).toBeGreaterThanOrEqual(Math.min(5, decision.window));
        }
      }),
    );
  });

  it('gives every decision run the step its rule reads, and its own schedule to cooldown probes only', () => {
    fc.assert(
      fc.property(anyTiming, fc.constantFrom('select', 'audit'), (timing, mode) => {
        const { decision, horizon } = timing;
        const lag = decision.rule === 'initialLoss' ? 0 : decision.lag;
        const { decisionRuns } = plan({ ...timing, mode, repeats: 1 });
        for (const run of decisionRuns) {
          expect(run.untilStep).toBeGreaterThanOrEqual(lag);
          if (lag > 0) expect([...run.evaluationSteps, run.untilStep]).toContain(lag);
          const isCooldown = decision.rule === 'cooldown';
          expect(run.scheduleSteps).toBe(isCooldown ? lag : horizon);
          expect(run.recipe.schedule.kind).toBe('linear');
          expect(run.untilStep).toBeLessThanOrEqual(run.scheduleSteps);
          expect(run.kind).toBe(isCooldown || run.repeat > 0 ? 'probe' : 'full');
          const stops = mode === 'select' || isCooldown || run.repeat > 0;
          expect(run.untilStep).toBe(stops ? lag : horizon);
        }
      }),
    );
  });

  it('shows every candidate the same batches, going on where the source stopped, and others in each repeat', () => {
    const pool = { ...TINY_POOL, controls: [CONTROL] };
    const { decisionRuns, source, fullRun } = plan({ pool, repeats: 2 });
    const seeds = (repeat: number): Set<number> =>
      new Set(decisionRuns.filter((run) => run.repeat === repeat).map(({ batchSeed }) => batchSeed));
    expect(seeds(0)).toEqual(new Set([source.batchSeed]));
    expect([0, 1, 2].map((repeat) => seeds(repeat).size)).toEqual([1, 1, 1]);
    expect(new Set([0, 1, 2].flatMap((repeat) => [...seeds(repeat)])).size).toBe(3);
    expect(fullRun(0).batchSeed).toBe(source.batchSeed);
    expect(decisionRuns.every(({ firstBatch }) => firstBatch === 20)).toBe(true);
    expect(source.firstBatch).toBe(0);
    const ids = decisionRuns.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('study/scratch/probe');
    expect(ids).toContain('study/stack#2/probe');
    expect(ids).not.toContain('study/scratch#1/probe');
  });

  it('goes on with the step counter of Adam where the moments are copied', () => {
    const strategies = [
      { name: 'copies', operator: 'stack' as const, moments: 'copy' as const },
      { name: 'resets', operator: 'mirror' as const },
    ];
    const { decisionRuns } = plan({ pool: { name: 'moments', strategies, controls: [CONTROL] } });
    expect(decisionRuns.map(({ adamStepOffset }) => adamStepOffset)).toEqual([20, 0, 0]);
  });

  it('refuses what cannot be planned, naming everything at once', () => {
    const refusal = (action: () => unknown): EspalierError => {
      try {
        action();
      } catch (error) {
        expect(error).toBeInstanceOf(EspalierError);
        return error as EspalierError;
      }
      throw new Error('nothing was refused');
    };
    const short = refusal(() => plan({ decision: { rule: 'cooldown', lag: 4 } }));
    expect(short).toMatchObject({ code: 'bad-input' });
    expect(short.message).toMatch(/decision.lag is 4; .* recipe.warmupSteps, which is 4$/);
    expect(plan({ decision: { rule: 'lossAtLag', lag: 4 } }).decisionRuns).toHaveLength(4);

    const strategies = [
      { name: 'fine', operator: 'stack' as const },
      { name: 'far', operator: 'repeatBlock' as const, start: 9 },
      { name: 'long', operator: 'plan' as const, layers: '0 1 2 3' },
    ];
    const depths = refusal(() => plan({ pool: { name: 'bad', strategies } }));
    expect(depths.code).toBe('refused');
    expect(depths.problems.map(({ at }) => at)).toEqual(['pool: far', 'pool: long']);

    const controls = {
      name: 'none',
      strategies: [],
      controls: resolvePool(
        {
          ...TINY_POOL,
          description: '',
          strategies: [CONTROL].map((control) => ({ ...control, description: '' })),
          controls: [],
        },
        new Map(),
      ).strategies,
    };
    expect(refusal(() => plan({}, controls)).message).toMatch(/only controls/);
  });
});

describe('estimateStudy', () => {
  it('counts the runs and steps that are then done, in every mode and for every rule', async () => {
    const decisions = [
      { rule: 'cooldown', lag: 8, resamples: 100 },
      { rule: 'lossAtLag', lag: 8, resamples: 100 },
      { rule: 'initialLoss', resamples: 100 },
    ] as const;
    for (const decision of decisions)
      for (const mode of ['select', 'audit'] as const) {
        const spec = tinyStudy({
          mode,
          decision,
          horizon: 10,
          repeats: decision.rule === 'lossAtLag' ? 1 : 0,
          pool: { ...TINY_POOL, strategies: TINY_POOL.strategies.slice(0, 2), controls: [CONTROL] },
        });
        const trainers = localTrainers();
        const { estimate } = home.service(trainers).estimate(spec);
        const { id } = await home.run(spec, trainers);
        const runs = home.read((history) => history.listRuns(id));
        expect(estimate.runs, `${mode} ${decision.rule}`).toBe(runs.length);
        expect(estimate.steps, `${mode} ${decision.rule}`).toBe(
          runs.reduce((sum, run) => sum + run.stepsDone, 0),
        );
        expect(estimate.flops).toBeGreaterThan(runs.reduce((sum, run) => sum + run.flops, 0));
      }
  });
});

describe('plannedFlops', () => {
  it('grows with every step and evaluation', () => {
    const { fullRun, spec } = plan();
    const run = fullRun(0);
    const upTo = (untilStep: number): number => plannedFlops({ ...run, untilStep }, spec);
    for (let step = 1; step <= run.untilStep; step++) {
      const added = upTo(step) - upTo(step - 1);
      const plain = upTo(2) - upTo(1);
      expect(added > plain).toBe(run.evaluationSteps.includes(step));
    }
  });
});
