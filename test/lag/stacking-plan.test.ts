import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StackingSpecInput } from '../../src-main/contract/stacking.ts';
import { policyName, stackingSpecSchema } from '../../src-main/contract/stacking.ts';
import { planStacking, sharesOf } from '../../src-main/lag/stacking-plan.ts';
import { plannedRuns } from '../../src-main/lag/stacking-runs.ts';
import { findPool, presetStrategies } from '../../src-main/service/resource-files.ts';
import { tinyStacking } from './tiny-stacking.ts';

const plan = (changes: Partial<StackingSpecInput> = {}) => {
  const spec = tinyStacking({ policies: [{ policy: 'fixed', strategy: 'stack' }], ...changes });
  return planStacking(spec, 'id', 11, findPool(spec.pool), presetStrategies());
};
const problemsOf = (changes: object): string => {
  const parsed = stackingSpecSchema.safeParse({ ...tinyStacking(), ...changes });
  return parsed.success
    ? ''
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
};

describe('stackingSpecSchema', () => {
  it('refuses stages that do not grow, and budgets given twice or not at all', () => {
    expect(
      problemsOf({
        stages: [
          { layers: 2, steps: 9 },
          { layers: 2, steps: 9 },
        ],
      }),
    ).toMatch(/stages.1.layers: 2 must be more than the 2/);
    expect(problemsOf({ stages: [{ layers: 1 }, { layers: 2, steps: 9 }] })).toMatch(
      /stages.0.steps: is missing/,
    );
    expect(problemsOf({ budget: { steps: 100 } })).toMatch(/beside a budget/);
    const stages = [{ layers: 1 }, { layers: 2 }];
    expect(problemsOf({ stages, budget: {} })).toMatch(/budget: must give either steps or flops/);
    expect(problemsOf({ stages, budget: { steps: 10, flops: 10 } })).toMatch(/either steps or flops/);
    expect(problemsOf({ stages, budget: { steps: 10, split: [1, 2, 3] } })).toMatch(
      /3 shares; there are 2 stages/,
    );
    const until = { trigger: 'plateau', window: 4 };
    expect(
      problemsOf({
        stages: [
          { layers: 1, steps: 9 },
          { layers: 2, steps: 9, until },
        ],
      }),
    ).toMatch(/last stage/);
  });

  it('refuses two policies of one name and a probe that cannot cool down', () => {
    expect(problemsOf({ policies: [{ policy: 'lag' }, { policy: 'lag', search: 'free' }] })).toMatch(
      /lag appears twice/,
    );
    expect(problemsOf({ decision: { rule: 'cooldown', lag: 2 } })).toMatch(/longer than recipe.warmupSteps/);
  });

  it('names policies by what they do', () => {
    expect(policyName({ policy: 'fixed', strategy: 'stack' })).toBe('always stack');
    expect(policyName({ policy: 'once', at: 0.125, search: 'charged' })).toBe('lag at 12.5%');
    expect(policyName({ policy: 'scratch', name: 'full' })).toBe('full');
  });
});

describe('planStacking', () => {
  it('shares a budget of steps or FLOPs equally, growing or shrinking', () => {
    const stages = [{ layers: 1 }, { layers: 2 }, { layers: 4 }];
    const steps = (budget: StackingSpecInput['budget']) =>
      plan({ stages, budget }).stages.map((stage) => stage.steps);
    expect(steps({ steps: 90 })).toEqual([30, 30, 30]);
    expect(steps({ steps: 90, split: 'growing' })).toEqual([15, 30, 45]);
    expect(steps({ steps: 90, split: 'shrinking' })).toEqual([45, 30, 15]);
    expect(steps({ steps: 100, split: [1, 1, 8] })).toEqual([10, 10, 80]);
    const flops = 1e9;
    const equal = plan({ stages, budget: { flops } });
    for (const stage of equal.stages)
      expect(Math.abs(stage.steps * stage.flopsPerStep - flops / 3)).toBeLessThan(stage.flopsPerStep);
  });

  it('gives every policy the budget, whatever its way, to within one step', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        fc.integer({ min: 10, max: 60 }),
        (at, steps) => {
          const { budgetFlops, policies, stages } = plan({
            stages: [
              { layers: 1, steps },
              { layers: 2, steps },
              { layers: 4, steps: 3 * steps },
            ],
            policies: [
              { policy: 'fixed', strategy: 'stack' },
              { policy: 'once', at, strategy: 'stack' },
              { policy: 'scratch' },
            ],
          });
          const largest = Math.max(...stages.map(({ flopsPerStep }) => flopsPerStep));
          for (const policy of policies) {
            const spent = policy.stages.reduce((sum, stage) => sum + stage.steps * stage.flopsPerStep, 0);
            expect(Math.abs(budgetFlops - spent)).toBeLessThan(largest);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses a search that leaves the last stage nothing, naming what to change', () => {
    expect(() => plan({ policies: [{ policy: 'lag' }], decision: { rule: 'cooldown', lag: 30 } })).toThrow(
      /search may cost \d+ % of the budget/,
    );
    expect(() =>
      plan({ policies: [{ policy: 'lag', search: 'free' }], decision: { rule: 'cooldown', lag: 30 } }),
    ).not.toThrow();
  });

  it('refuses unknown strategies, and those that cannot grow a stage', () => {
    expect(() => plan({ policies: [{ policy: 'fixed', strategy: 'nosuch' }] })).toThrow(
      /no strategy is named "nosuch"/,
    );
    expect(() => plan({ policies: [{ policy: 'fixed', strategy: 'ins2b2' }] })).toThrow(
      /cannot grow 1 into 2 layers/,
    );
  });

  it('refuses stages shorter than the warm-up', () => {
    expect(() =>
      plan({
        stages: [
          { layers: 1, steps: 2 },
          { layers: 2, steps: 40 },
        ],
      }),
    ).toThrow(/stages\[0\] has 2 steps/);
  });

  it('lists every run once, with one source for all policies that begin alike', () => {
    const ids = plannedRuns(
      plan({
        policies: [
          { policy: 'lag', search: 'both' },
          { policy: 'fixed', strategy: 'stack' },
          { policy: 'once', at: 0.5, strategy: 'stack' },
          { policy: 'scratch' },
        ],
      }),
    ).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id.endsWith('source'))).toEqual(['id/source', 'id/stack at 50%/source']);
    expect(ids.filter((id) => id.startsWith('id/lag/2/stage'))).toEqual([
      'id/lag/2/stage-charged',
      'id/lag/2/stage-free',
    ]);
  });
});

describe('sharesOf', () => {
  it('adds up to one', () => {
    for (const split of ['equal', 'growing', 'shrinking', [3, 1, 4]] as const)
      expect(sharesOf(split, 3).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });
});
