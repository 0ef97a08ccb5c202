import { describe, expect, it } from 'vitest';
import { assignLooks, type Marker } from '../../../src-main/report/theme.ts';
import {
  dashArray,
  KEY_HEIGHT,
  KEY_WIDTH,
  markerShape,
} from '../../../src-renderer/candidate-looks/key-sample-shape.ts';

const MARKERS: readonly Marker[] = ['circle', 'square', 'triangle', 'diamond', 'cross'];

describe('markerShape', () => {
  it('draws every marker differently', () => {
    expect(new Set(MARKERS.map((marker) => markerShape(marker).path)).size).toBe(MARKERS.length);
  });

  it('starts every marker inside the sample', () => {
    for (const marker of MARKERS) {
      const [, x, y] = /^M([\d.]+) ([\d.]+)/.exec(markerShape(marker).path) ?? [];
      expect(Number(x)).toBeGreaterThan(0);
      expect(Number(x)).toBeLessThan(KEY_WIDTH);
      expect(Number(y)).toBeGreaterThan(0);
      expect(Number(y)).toBeLessThan(KEY_HEIGHT);
    }
  });
});

describe('dashArray', () => {
  it('leaves a solid line without a dash', () => {
    expect(dashArray({ dash: [] })).toBeUndefined();
  });

  it('writes the dash the report draws', () => {
    expect(dashArray({ dash: [2, 2.5] })).toBe('2 2.5');
  });
});

describe('assignLooks before any result', () => {
  it('gives planned candidates the look of their family from plan and order alone', () => {
    const looks = assignLooks([
      { strategy: 'stack', plan: '1 2 3 1 2 3', isControl: false },
      { strategy: 'stack again', plan: '1 2 3 1 2 3', isControl: false },
      { strategy: 'scratch', plan: 'r r r r r r', isControl: true },
    ]);
    expect(looks.get('stack')).toEqual({ token: 'c1', dash: [], marker: 'circle' });
    expect(looks.get('stack again')).toEqual({ token: 'c2', dash: [6, 3], marker: 'circle' });
    expect(looks.get('scratch')?.token).toBe('c-ctl');
  });
});
