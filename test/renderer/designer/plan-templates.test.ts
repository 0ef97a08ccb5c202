import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growingStrategySchema } from '../../../src-main/contract/strategy.ts';
import { compileStrategy } from '../../../src-main/growth/compile-strategy.ts';
import { parsePlanEntries } from '../../../src-main/growth/plan-shorthand.ts';
import { comparePlans } from '../../../src-renderer/designer/compare-plans.ts';
import { factsOf } from '../../../src-renderer/designer/plan-facts.ts';
import {
  allInterleavings,
  interleavingCount,
  MAX_INTERLEAVINGS,
  ratioTemplate,
} from '../../../src-renderer/designer/plan-templates.ts';

const depths = fc
  .record({ source: fc.integer({ min: 1, max: 12 }), added: fc.integer({ min: 1, max: 24 }) })
  .map(({ source, added }) => ({ source, target: source + added }));

describe('allInterleavings', () => {
  it('makes different plans of the target depth that never go back', () => {
    fc.assert(
      fc.property(depths, ({ source, target }) => {
        const made = allInterleavings(source, target);
        const texts = made.map((strategy) => {
          const { planText, plan } = compileStrategy(growingStrategySchema.parse(strategy), source, target);
          const layers = plan!.layers.map(({ body }) => (body.kind === 'copy' ? body.layer : -1));
          expect(layers).toEqual(layers.toSorted((a, b) => a - b));
          expect(new Set(layers).size).toBe(source);
          return planText;
        });
        expect(new Set(texts).size).toBe(texts.length);
        expect(new Set(made.map(({ name }) => name)).size).toBe(made.length);
        expect(made.length).toBeLessThanOrEqual(MAX_INTERLEAVINGS);
        if (target % source !== 0)
          expect(made.length).toBe(Math.min(MAX_INTERLEAVINGS, interleavingCount(source, target)));
      }),
    );
  });

  it('finds the six ways of repeating two of four layers', () => {
    expect(allInterleavings(4, 6).map(({ layers }) => layers)).toEqual([
      '0 0 1 1 2 3',
      '0 0 1 2 2 3',
      '0 0 1 2 3 3',
      '0 1 1 2 2 3',
      '0 1 1 2 3 3',
      '0 1 2 2 3 3',
    ]);
  });
});

describe('ratioTemplate', () => {
  it('keeps the function when every new layer is an identity, and has the depth asked for', () => {
    fc.assert(
      fc.property(depths, fc.constantFrom(0, 0.25, 0.5, 0.75, 1), ({ source, target }, share) => {
        const strategy = growingStrategySchema.parse(ratioTemplate(source, target, share));
        const compiled = compileStrategy(strategy, source, target);
        expect(compiled.plan?.layers).toHaveLength(target);
        expect(compiled.exactness === 'exact').toBe(
          Math.round((target - source) * share) === target - source,
        );
      }),
    );
  });
});

describe('comparePlans', () => {
  it('finds the layers that differ, missing ones among them', () => {
    const compared = comparePlans(parsePlanEntries('0 1 2 r'), parsePlanEntries('0 1* 2'));
    expect(compared.different).toBe(2);
    expect(compared.layers[1]).toEqual({ index: 1, first: '1', second: '1*', isEqual: false });
    expect(compared.layers[3]).toEqual({ index: 3, first: 'r', second: null, isEqual: false });
  });

  it('finds no difference between a plan and itself, however its averages are written', () => {
    const plan = parsePlanEntries('0 1+0.01 2~1/3 0+2 z');
    expect(comparePlans(plan, plan).different).toBe(0);
    const other = comparePlans(plan, parsePlanEntries('0 1+0.01 2~1/3 2+0 z'));
    expect(other.different).toBe(0);
    expect(comparePlans(plan, parsePlanEntries('0 1+0.01 2~1/3 0+1 z')).layers[3]).toEqual({
      index: 3,
      first: '0+2',
      second: '0+1',
      isEqual: false,
    });
  });
});

describe('factsOf', () => {
  const source = {
    width: 8,
    heads: 2,
    context: 8,
    mlpRatio: 4,
    activation: 'relu',
    tiedEmbedding: true,
    attentionBias: false,
    dropout: 0,
    layers: 2,
    vocabulary: 10,
  } as const;

  it('counts parameters layer by layer, and kept and new layers', () => {
    // One layer: two norms 2·16, q k v o 4·64, up 8·32 + 32, down 32·8 + 8.
    const layer = 32 + 256 + 288 + 264;
    const facts = factsOf(parsePlanEntries('0 1 1* r z'), source, 4);
    expect(facts.addedParameters).toBe(3 * layer);
    expect([facts.kept, facts.added]).toEqual([2, 3]);
    expect(facts.flopsPerStep).toBe(3 * facts.flopsPerToken * 4 * 8);
    // An average keeps neither of its layers.
    const averaged = factsOf(parsePlanEntries('0 0+1 r'), source, 4);
    expect([averaged.kept, averaged.added]).toEqual([1, 2]);
  });
});
