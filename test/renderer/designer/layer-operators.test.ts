import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planEntrySchema } from '../../../src-main/contract/layer-plan.ts';
import { parsePlanEntries } from '../../../src-main/growth/plan-shorthand.ts';
import {
  LAYER_OPERATORS,
  layerOf,
  operatorOf,
  scaleOf,
  sourceOf,
  withNoise,
  withOperator,
  withScale,
  withSource,
  wordOf,
} from '../../../src-renderer/designer/layer-operators.ts';

const operator = fc.constantFrom(...LAYER_OPERATORS);
const entry = fc
  .record({ operator, source: fc.nat(7) })
  .map((given) => layerOf(given.operator, given.source));

describe('operatorOf', () => {
  it('names what layerOf made, and what the shorthand says', () => {
    fc.assert(
      fc.property(operator, fc.nat(7), (kind, source) => {
        expect(operatorOf(layerOf(kind, source))).toBe(kind);
      }),
    );
    expect(parsePlanEntries('0 1* 2~0.5 2+0.01 r i z').map(operatorOf)).toEqual([...LAYER_OPERATORS]);
  });
});

describe('withOperator', () => {
  it('makes entries that a plan may hold, and keeps what is copied', () => {
    fc.assert(
      fc.property(entry, operator, fc.integer({ min: 1, max: 8 }), (from, kind, sourceLayers) => {
        const changed = withOperator(from, 3, kind, sourceLayers);
        expect(planEntrySchema.safeParse(changed).success).toBe(true);
        expect(operatorOf(changed)).toBe(kind);
        const source = sourceOf(changed);
        if (source !== null) expect(source).toBe(Math.min(sourceOf(from) ?? 3, sourceLayers - 1));
      }),
    );
  });

  it('adds new layers to a source that has none', () => {
    expect(operatorOf(withOperator(undefined, 0, 'copy', 0))).toBe('random');
  });
});

describe('withSource, withScale and withNoise', () => {
  it('change one thing of a copy and leave the others', () => {
    const [scaled] = parsePlanEntries('2~0.5+0.01');
    expect(wordOf(withSource(scaled!, 3))).toBe('3~0.5+0.01');
    expect(wordOf(withScale(scaled!, 1))).toBe('2+0.01');
    expect(wordOf(withScale(scaled!, 0))).toBe('2*+0.01');
    expect(wordOf(withNoise(scaled!, 0))).toBe('2~0.5');
    expect(scaleOf(withScale(scaled!, -2))).toBe(-2);
  });

  it('make a plain copy of a new layer, and give new layers no noise', () => {
    const [random, zero] = parsePlanEntries('i z');
    expect(wordOf(withSource(random!, 1))).toBe('1');
    expect(wordOf(withNoise(random!, 0.5))).toBe('i');
    expect(wordOf(withScale(zero!, 0.5))).toBe('z');
  });
});
