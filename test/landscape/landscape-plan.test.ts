import { describe, expect, it } from 'vitest';
import {
  LANDSCAPE_ANALYSES,
  landscapeSettingsSchema,
  readSubject,
  subjectOf,
} from '../../src-main/contract/landscape.ts';
import { planLandscape, settingsJsonOf } from '../../src-main/landscape/landscape-plan.ts';
import { tinySpec } from '../engine/tiny-model.ts';

const { architecture } = tinySpec();
const material = (changes: { lag?: number; kept?: readonly string[] } = {}) => ({
  lag: changes.lag ?? 10,
  horizon: 20,
  sourceArchitecture: architecture,
  targetArchitecture: { ...architecture, layers: 4 },
  batchSize: 2,
  keptCheckpoint: (strategy: string, step: number) =>
    step === 20 && (changes.kept ?? []).includes(strategy) ? { path: 'p', hash: 'h' } : null,
});
const settings = landscapeSettingsSchema.parse({});
const request = { settings, analyses: LANDSCAPE_ANALYSES, strategies: ['a', 'b'], withSource: true };

describe('planLandscape', () => {
  it('joins growing points with lag and kept ends, and strategies at each place', () => {
    const paths = planLandscape({ ...request, analyses: ['barriers'] }, material({ kept: ['b'] }));
    expect(paths.map(({ subject }) => subject)).toEqual([
      'a@start~a@lag',
      'b@start~b@lag',
      'b@start~b@end',
      'a@start~b@start',
      'a@lag~b@lag',
    ]);
    const both = planLandscape({ ...request, analyses: ['barriers'] }, material({ kept: ['a', 'b'] }));
    expect(both.map(({ subject }) => subject)).toContain('a@end~b@end');
  });

  it('has no place of its own for a lag of 0, and none twice for a lag at the horizon', () => {
    const atStart = planLandscape(request, material({ lag: 0, kept: ['a'] }));
    expect(atStart.some(({ subject }) => subject.includes('@lag'))).toBe(false);
    const atEnd = planLandscape(request, material({ lag: 20, kept: ['a', 'b'] }));
    expect(atEnd.some(({ subject }) => subject.includes('@end'))).toBe(false);
  });

  it('names every part once and gives each some work', () => {
    const parts = planLandscape(request, material({ kept: ['a', 'b'] }));
    const keys = parts.map(({ analysis, subject, part }) => `${analysis} ${subject} ${part}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(parts.every(({ flops }) => flops > 0)).toBe(true);
    expect(new Set(parts.map(({ analysis }) => analysis))).toEqual(new Set(LANDSCAPE_ANALYSES));
  });

  it('compares every model but the source with the source', () => {
    const parts = planLandscape({ ...request, analyses: ['similarity'] }, material());
    expect(parts.map(({ subject }) => subject)).toEqual(['a@start', 'a@lag', 'b@start', 'b@lag']);
  });
});

describe('settingsJsonOf', () => {
  it('holds what an analysis depends on and nothing else', () => {
    const more = { ...settings, points: 41, directions: 9, iterations: 99 };
    expect(settingsJsonOf('depth', more)).toBe(settingsJsonOf('depth', settings));
    expect(settingsJsonOf('slices', { ...settings, directions: 9 })).toBe(settingsJsonOf('slices', settings));
    expect(settingsJsonOf('slices', more)).not.toBe(settingsJsonOf('slices', settings));
    expect(settingsJsonOf('sharpness', more)).not.toBe(settingsJsonOf('sharpness', settings));
    for (const analysis of LANDSCAPE_ANALYSES)
      expect(settingsJsonOf(analysis, { ...settings, batches: 9 })).not.toBe(
        settingsJsonOf(analysis, settings),
      );
  });
});

describe('subjectOf', () => {
  it('is read back by readSubject', () => {
    for (const [strategy, place] of [
      [null, 'source'],
      ['stack', 'start'],
      ['a+b (c).d', 'lag'],
    ] as const)
      expect(readSubject(subjectOf(strategy, place))).toEqual({ strategy, place });
  });
});

describe('landscapeSettingsSchema', () => {
  it.each([
    [{ points: 20 }, 'odd'],
    [{ planePoints: 1 }, '3'],
    [{ batches: 0 }, '1'],
    [{ span: 0 }, '0.001'],
    [{ colour: 'red' }, 'colour'],
  ])('refuses %j', (input, word) => {
    const parsed = landscapeSettingsSchema.safeParse(input);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(word);
  });
});
