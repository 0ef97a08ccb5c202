import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrowingStrategyInput } from '../../../src-main/contract/strategy.ts';
import { growingStrategySchema } from '../../../src-main/contract/strategy.ts';
import type { Growth } from '../../../src-main/contract/window/designer.ts';
import { makeWindowContext } from '../../../src-main/service/window/context.ts';
import { designerRouter } from '../../../src-main/service/window/designer-router.ts';
import { localTrainers } from '../../lag/local-trainers.ts';
import { runOptions, TestHome, tinyStudy } from '../../lag/tiny-study.ts';

const test = new TestHome();
const context = makeWindowContext(test.home, () => localTrainers());
const service = createRouterClient(designerRouter(context));
const spec = tinyStudy({ mode: 'audit' });
let studyId = '';

function growth(strategy: GrowingStrategyInput, changes: Partial<Growth> = {}): Growth {
  const { data, model, seed, source, evaluation } = spec;
  return {
    data,
    model,
    seed,
    source,
    sourceLayers: source.layers,
    targetLayers: spec.target.layers,
    strategy: growingStrategySchema.parse(strategy),
    batches: evaluation.batches,
    batchSize: evaluation.batchSize,
    ...changes,
  };
}

describe('designer.measure on an empty history', () => {
  it('grows an untrained source, and says so', async () => {
    const empty = new TestHome();
    const alone = createRouterClient(designerRouter(makeWindowContext(empty.home, () => localTrainers())));
    const measured = await alone.measure(growth({ name: 'any', operator: 'identityCopy' }));
    expect(measured).toMatchObject({ source: 'fresh', gap: 0, batches: 4 });
    empty.remove();
  });
});

describe('designer.measure', () => {
  beforeAll(async () => {
    const analysis = await context.studies.run(spec, '', runOptions());
    studyId = analysis.id;
  }, 60_000);
  afterAll(() => test.remove());

  it('finds for every strategy the loss that the study recorded at its growing point', async () => {
    const analysis = context.studies.analyse(studyId);
    if (analysis.mode === 'stacking') throw new Error('not an audit');
    const pool = spec.pool;
    if (typeof pool === 'string') throw new Error('the pool is written out');
    expect(pool.strategies).toHaveLength(4);
    for (const strategy of pool.strategies) {
      if (typeof strategy === 'string') throw new Error('strategies are written out');
      const measured = await service.measure(growth(strategy));
      const recorded = analysis.candidates.find((one) => one.strategy === strategy.name)!;
      expect(measured.source).toBe('trained');
      expect(measured.initialLoss).toBeCloseTo(recorded.initialLoss!, 5);
      expect(measured.gap).toBe(measured.initialLoss - measured.sourceLoss);
    }
  }, 30_000);

  it('finds no gap for a growth that keeps the function, whatever its name and moments', async () => {
    const kept = await service.measure(growth({ name: 'a', operator: 'identityCopy', moments: 'copy' }));
    expect(Math.abs(kept.gap)).toBeLessThan(1e-6);
    const plan = await service.measure(growth({ name: 'b', operator: 'plan', layers: '0 0* 1 1*' }));
    expect(plan).toEqual(kept);
  });

  it('grows an untrained source for another seed', async () => {
    const other = await service.measure(growth({ name: 'a', operator: 'stack' }, { seed: 99 }));
    expect(other.source).toBe('fresh');
    expect(other.sourceLoss).toBeGreaterThan(1);
  });

  it('stops where the caller has gone', async () => {
    const gone = new AbortController();
    gone.abort();
    const asked = service.measure(growth({ name: 'a', operator: 'mirror' }, { seed: 5 }), {
      signal: gone.signal,
    });
    await expect(asked).rejects.toThrow();
  });

  it('says which depths a strategy cannot connect', async () => {
    const plan = growth({ name: 'short', operator: 'plan', layers: '0 1 1' });
    await expect(service.measure(plan)).rejects.toThrow(/has 3 entries; the target has 4 layers/);
  });
});

describe('designer.library and designer.corpus', () => {
  it('give what a pool can be made of', async () => {
    const { strategies, pools } = await service.library();
    expect(strategies.map(({ name }) => name)).toContain('idCopyInter');
    expect(pools.map(({ name }) => name)).toContain('demo-12');
  });

  it('count the ids of a corpus', async () => {
    const facts = await service.corpus({ data: spec.data, context: spec.model.context });
    expect(facts.vocabulary).toBeGreaterThan(5);
    expect(facts.trainingTokens).toBeGreaterThan(facts.validationTokens);
  });
});
