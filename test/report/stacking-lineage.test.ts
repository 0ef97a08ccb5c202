import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../src-main/growth/plan-shorthand.ts';
import { layerOrigins } from '../../src-main/lag/layer-origins.ts';
import { ancestorInWords, birthName, lineageSvg } from '../../src-main/report/stacking-lineage.ts';

/** 2 layers, then an average between them, then that average once more beside an average of it. */
const LAYERS = layerOrigins([parsePlan('0 0+1 1', 2), parsePlan('0 1 1+2 1~0.5', 3)], 4);
const DEPTHS = [2, 3, 4];
const svg = lineageSvg({ layers: LAYERS, depths: DEPTHS }, 'one', 'averages');
const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

describe('layerOrigins', () => {
  it('lets an average be born where it is made, with both its parents, and follows it from then on', () => {
    expect(LAYERS.map(birthName)).toEqual(['1.0', '2.1', '3.2', '2.1']);
    expect(LAYERS[2]!.ancestors).toEqual([
      { growingPoint: 1, kind: 'average', from: 1, and: 2, outScale: 1, outScaleMlp: 1, noise: 0 },
    ]);
    expect(LAYERS[1]!.ancestors.map(({ kind, from, and }) => [kind, from, and])).toEqual([
      ['copy', 1, undefined],
      ['average', 0, 1],
    ]);
  });
});

describe('ancestorInWords', () => {
  it('names both layers of an average', () => {
    expect(LAYERS[2]!.ancestors.map(ancestorInWords)).toEqual(['average of 1 and 2']);
    expect(LAYERS[3]!.ancestors.map(ancestorInWords)).toEqual(['scaled copy of 1', 'average of 0 and 1']);
    const [averaged] = layerOrigins([parsePlan('1+0*+0.1', 2)], 1)[0]!.ancestors;
    expect(ancestorInWords(averaged!)).toBe('identity average of 0 and 1, with noise');
  });
});

describe('lineageSvg', () => {
  it('leads two lines to an average, and says of layers that live on in averages only', () => {
    // Stage 2: layer 0 stays, 1 from 0 and 1. Stage 3: 0 and 1 stay, 2 from 1 and 2, 3 from 1.
    expect(count(svg, /<path class="shoot"/g)).toBe(2 + 2 + 1);
    expect(count(svg, /<path class="stays"/g)).toBe(1 + 2);
    expect(count(svg, /class="born"/g)).toBe(0);
    expect(count(svg, /class="gone"/g)).toBe(2);
    expect(svg).toContain('layer 1: carried on in averages only');
    expect(svg).toContain('layer 2: carried on in averages only');
    expect(svg).toContain('layer 2 of stage 3: average of 1 and 2, born as 3.2');
  });
});
