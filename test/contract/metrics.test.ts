import { describe, expect, it } from 'vitest';
import { metricName, metricSpecsSchema } from '../../src-main/contract/metrics.ts';

describe('metricSpecsSchema', () => {
  it('names primitives by kind and corpora as given', () => {
    const specs = metricSpecsSchema.parse([
      { name: 'speeches', corpus: 'state-of-the-union' },
      { primitive: 'copy' },
      { primitive: 'copy', name: 'copy-long', length: 20 },
      { primitive: 'associative-recall' },
    ]);
    expect(specs.map(metricName)).toEqual([
      'speeches',
      'copy.accuracy',
      'copy-long.accuracy',
      'associative-recall.accuracy',
    ]);
  });

  it('fills in the defaults', () => {
    expect(metricSpecsSchema.parse([{ primitive: 'induction' }, { primitive: 'modular-sum' }])).toEqual([
      { primitive: 'induction', examples: 500, seed: 0, length: 8, symbols: 10 },
      { primitive: 'modular-sum', examples: 500, seed: 0, modulus: 10 },
    ]);
  });

  it('refuses names twice, names of other things, impossible sizes and more than 20', () => {
    const copies = (count: number): object[] =>
      Array.from({ length: count }, (_, index) => ({ primitive: 'copy', name: `c${index}` }));
    expect(metricSpecsSchema.safeParse(copies(20)).success).toBe(true);
    for (const specs of [
      copies(21),
      [{ primitive: 'copy' }, { primitive: 'copy', seed: 1 }],
      [{ name: 'loss', corpus: 'moby-dick' }],
      [{ name: 'a.accuracy', corpus: 'moby-dick' }],
      [{ name: '__proto__', corpus: 'moby-dick' }],
      [{ corpus: 'moby-dick' }],
      [{ primitive: 'induction', length: 11 }],
      [{ primitive: 'associative-recall', pairs: 6 }],
      [{ primitive: 'modular-sum', modulus: 11 }],
      [{ primitive: 'sorting' }],
      [{ primitive: 'copy', modulus: 3 }],
    ])
      expect(metricSpecsSchema.safeParse(specs).success, JSON.stringify(specs)).toBe(false);
  });
});
