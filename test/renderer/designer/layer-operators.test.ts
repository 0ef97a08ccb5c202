import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planEntrySchema } from '../../../src-main/contract/layer-plan.ts';
import { parsePlanEntries } from '../../../src-main/growth/plan-shorthand.ts';
import {
  LAYER_OPERATORS,
  layerOf,
  operatorOf,
  scaleOf,
  secondSourceOf,
  sourceOf,
  sourcesOf,
  withNoise,
  withOperator,
  withScale,
  withSource,
  withSources,
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
    expect(parsePlanEntries('0 1* 2~0.5 1+2 2+0.01 r i z').map(operatorOf)).toEqual([...LAYER_OPERATORS]);
  });
});

describe('withOperator', () => {
  it('makes entries that a plan may hold, and keeps what is copied', () => {
    fc.assert(
      fc.property(entry, operator, fc.integer({ min: 2, max: 8 }), (from, kind, sourceLayers) => {
        const changed = withOperator(from, 3, kind, sourceLayers);
        expect(planEntrySchema.safeParse(changed).success).toBe(true);
        expect(operatorOf(changed)).toBe(kind);
        const source = sourceOf(changed);
        if (source !== null) expect(source).toBe(Math.min(sourceOf(from) ?? 3, sourceLayers - 1));
      }),
    );
  });

  it('averages with the neighbour towards the output, at the end with the one before', () => {
    const word = (text: string, sourceLayers: number) =>
      wordOf(withOperator(parsePlanEntries(text)[0], 0, 'average', sourceLayers));
    expect(word('1', 4)).toBe('1+2');
    expect(word('3', 4)).toBe('2+3');
    expect(word('0+3', 4)).toBe('0+3');
    expect(word('r', 4)).toBe('0+1');
    expect(word('0', 1)).toBe('0');
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

  it('change one source of an average, both, or none of it', () => {
    const [average] = parsePlanEntries('3+1~0.5+0.01');
    expect([sourceOf(average!), secondSourceOf(average!), sourcesOf(average!)]).toEqual([3, 1, [1, 3]]);
    expect(wordOf(withSource(average!, 0, 3))).toBe('0+1~0.5+0.01');
    expect(wordOf(withSource(average!, 0, 1))).toBe('0+3~0.5+0.01');
    expect(wordOf(withSource(average!, 1, 3))).toBe('1~0.5+0.01');
    expect(wordOf(withSource(average!, 2))).toBe('2~0.5+0.01');
    expect(wordOf(withSources(average!, 0, 2))).toBe('0+2~0.5+0.01');
    expect(wordOf(withSources(parsePlanEntries('i')[0]!, 2, 0))).toBe('0+2');
    expect(wordOf(withScale(average!, 0))).toBe('1+3*+0.01');
    expect(wordOf(withNoise(average!, 0))).toBe('1+3~0.5');
    expect(operatorOf(withScale(average!, 0))).toBe('average');
  });

  it('make a plain copy of a new layer, and give new layers no noise', () => {
    const [random, zero] = parsePlanEntries('i z');
    expect(wordOf(withSource(random!, 1))).toBe('1');
    expect(wordOf(withNoise(random!, 0.5))).toBe('i');
    expect(wordOf(withScale(zero!, 0.5))).toBe('z');
  });
});
