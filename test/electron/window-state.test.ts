import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fittingState, readWindowState, writeWindowState } from '../../src-main/electron/window-state.ts';
import { workReport } from '../../src-main/electron/work-reports.ts';

const SCREEN = { x: 0, y: 0, width: 1920, height: 1080 };

describe('fittingState', () => {
  it('keeps a place only where the title bar can be reached, and never a smaller size than the least', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -4000, max: 4000 }),
        fc.integer({ min: -4000, max: 4000 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 3000 }),
        (x, y, width, height) => {
          const state = fittingState({ x, y, width, height, isMaximised: false }, [SCREEN]);
          expect(state.width).toBeGreaterThanOrEqual(800);
          expect(state.height).toBeGreaterThanOrEqual(560);
          if (state.x === undefined || state.y === undefined) return;
          expect(state.y).toBeGreaterThanOrEqual(0);
          expect(state.y).toBeLessThan(1080);
          expect(state.x).toBeLessThan(1920);
          expect(state.x + state.width).toBeGreaterThan(0);
        },
      ),
    );
    const far = { x: 2400, y: 100, width: 1000, height: 700, isMaximised: true };
    expect(fittingState(far, [SCREEN])).toEqual({ width: 1000, height: 700, isMaximised: true });
    expect(fittingState(far, [SCREEN, { ...SCREEN, x: 1920 }])).toEqual(far);
  });
});

describe('readWindowState', () => {
  it('reads what was written, and takes the usual size from anything else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'espalier-state-'));
    const path = join(folder, 'window.json');
    const state = { x: 5, y: 6, width: 900, height: 700, isMaximised: false };
    writeWindowState(path, state);
    expect(readWindowState(path, [SCREEN])).toEqual(state);
    for (const text of ['', '{', '{"width":-1}', '{"width":1e9,"height":1,"isMaximised":false}']) {
      writeFileSync(path, text);
      expect(readWindowState(path, [SCREEN])).toEqual({ width: 1440, height: 900, isMaximised: false });
    }
    rmSync(folder, { recursive: true });
  });
});

describe('workReport', () => {
  const job = (id: string, state: 'waiting' | 'running' | 'pausing' | 'paused' | 'finished' | 'failed') => ({
    id,
    name: id,
    state,
  });

  it('tells of starts and ends, and keeps silent about progress and old ends', () => {
    expect(workReport([], [job('a', 'waiting')])).toBeNull();
    expect(workReport([job('a', 'waiting')], [job('a', 'running')])).toEqual({ running: ['a'], ended: [] });
    expect(workReport([job('a', 'running')], [job('a', 'running')])).toBeNull();
    expect(workReport([job('a', 'running')], [job('a', 'pausing')])).toBeNull();
    expect(workReport([job('a', 'pausing')], [job('a', 'paused')])).toEqual({ running: [], ended: [] });
    expect(workReport([job('a', 'running')], [job('a', 'failed'), job('b', 'running')])).toEqual({
      running: ['b'],
      ended: [{ name: 'a', isFailed: true }],
    });
    expect(workReport([], [job('a', 'finished')])).toBeNull();
  });
});
