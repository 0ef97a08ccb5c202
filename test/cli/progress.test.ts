import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ProgressLine,
  progressText,
  RemainingTime,
  type StudyProgress,
} from '../../src-main/cli/progress.ts';

const state = (changes: Partial<StudyProgress> = {}): StudyProgress => ({
  phase: 'probing',
  runsDone: 5,
  runsTotal: 14,
  flopsDone: 42,
  flopsTotal: 100,
  runId: 'abc/dupLast/probe',
  step: 120,
  ...changes,
});

/** What a stream was told, piece by piece. */
function fakeStream(isTTY: boolean): { stream: NodeJS.WriteStream; pieces: string[] } {
  const pieces: string[] = [];
  const write = (text: string): boolean => pieces.push(text) > 0;
  return { stream: { isTTY, columns: 60, write } as unknown as NodeJS.WriteStream, pieces };
}

describe('RemainingTime', () => {
  it('is exact at a constant speed, whatever was done before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 1, max: 200 }),
        (perSecond, before, seconds) => {
          const remaining = new RemainingTime();
          const total = before + perSecond * 1000;
          remaining.update(before, total, 0);
          let left: number | null = null;
          for (let second = 1; second <= seconds; second++)
            left = remaining.update(before + perSecond * second, total, second * 1000);
          expect(left).toBeCloseTo(1000 - seconds, 6);
        },
      ),
    );
  });

  it('does not count what a resumed study brings along in its first moment as speed', () => {
    const remaining = new RemainingTime();
    remaining.update(0, 1000, 0);
    remaining.update(900, 1000, 100); // the source is used again
    expect(remaining.update(901, 1000, 1100)).toBeCloseTo(99, 6);
  });

  it('knows nothing before anything was measured', () => {
    const remaining = new RemainingTime();
    expect(remaining.update(0, 1000, 0)).toBeNull();
    expect(remaining.update(0, 1000, 5000)).toBeNull();
  });

  it('follows a change of speed within the window', () => {
    const remaining = new RemainingTime();
    let done = 0;
    let left: number | null = null;
    for (let second = 0; second <= 140; second++) {
      done += second <= 100 ? 10 : 1;
      left = remaining.update(done, 1e6, second * 1000);
    }
    expect(left).toBeCloseTo(1e6 - done, -4);
  });
});

describe('progressText', () => {
  it('says phase, share, runs, time left and what runs', () => {
    const text = progressText(state(), 80, false);
    for (const part of ['probing', '42 %', '5 of 14 runs', '1 min 20 s left', 'dupLast probe, step 120'])
      expect(text).toContain(part);
    expect(text).not.toMatch(/[█░]/);
  });

  it('draws a bar as long as the share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 150 }), (flopsDone) => {
        const bar = /(█*)(░*)/.exec(
          progressText(state({ flopsDone }), null, true).slice('probing  '.length),
        )!;
        expect(bar[1]!.length + bar[2]!.length).toBe(20);
        expect(bar[1]!.length).toBe(Math.floor(Math.min(1, flopsDone / 100) * 20));
      }),
    );
  });
});

describe('ProgressLine', () => {
  it('rewrites one line on a terminal, no longer than the terminal is wide, and removes it', () => {
    const { stream, pieces } = fakeStream(true);
    let now = 0;
    const line = new ProgressLine(stream, () => now);
    for (now = 0; now < 1000; now += 10) line.update(state({ step: now }));
    expect(pieces.length).toBe(10); // ten a second
    for (const piece of pieces) {
      expect(piece.startsWith('\r\u001b[K')).toBe(true);
      expect(piece.length).toBeLessThanOrEqual('\r\u001b[K'.length + 59);
      expect(piece).not.toContain('\n');
    }
    line.clear();
    line.clear();
    expect(pieces.slice(10)).toEqual(['\r\u001b[K']);
  });

  it('writes plain lines elsewhere: at each phase and every ten seconds', () => {
    const { stream, pieces } = fakeStream(false);
    let now = 0;
    const line = new ProgressLine(stream, () => now);
    for (now = 0; now < 25_000; now += 500) line.update(state({ phase: now < 3000 ? 'source' : 'probing' }));
    line.clear();
    expect(pieces.length).toBe(4); // 0 s, 3 s (phase), 13 s, 23 s
    for (const piece of pieces) {
      expect(piece).toMatch(/^[ -~]+\n$/);
    }
  });
});
