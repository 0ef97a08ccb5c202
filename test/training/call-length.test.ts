import { describe, expect, it } from 'vitest';
import { CallLength } from '../../src-main/training/call-length.ts';

/** The sizes and the time of the calls that take `steps` steps, each call `fixed` and each step `stepMs` milliseconds. */
function run(
  { fixed, stepMs, first = 0 }: { fixed: number; stepMs: number; first?: number },
  steps: number,
  evaluateEvery = steps,
): { calls: number[]; ms: number; longest: number } {
  const length = new CallLength();
  const calls: number[] = [];
  let [ms, longest, done] = [0, 0, 0];
  while (done < steps) {
    const count = length.next(Math.min(steps, Math.ceil((done + 1) / evaluateEvery) * evaluateEvery) - done);
    const took = fixed + count * stepMs + (calls.length === 0 ? first : 0);
    length.took(count, took);
    calls.push(count);
    ms += took;
    longest = Math.max(longest, took);
    done += count;
  }
  return { calls, ms, longest };
}

describe('CallLength', () => {
  it('takes about half a second to a second of steps a call where a call costs nothing else', () => {
    for (const stepMs of [2, 17, 90, 300]) {
      const { calls, longest } = run({ fixed: 0, stepMs }, 2000);
      expect(calls[0]).toBe(1);
      expect(longest).toBeLessThanOrEqual(1000);
      expect(calls.at(-2)! * stepMs).toBeGreaterThan(250);
    }
    expect(new Set(run({ fixed: 0, stepMs: 3000 }, 50).calls)).toEqual(new Set([1]));
  });

  it('tries no longer calls than two steps where one takes more than a second', () => {
    const { calls } = run({ fixed: 0, stepMs: 1400 }, 60);
    expect(Math.max(...calls)).toBeLessThanOrEqual(2);
    expect(calls.filter((count) => count > 1).length).toBeLessThanOrEqual(2);
  });

  it('makes calls longer until their fixed time is a small share, as on a device that the state travels to', () => {
    const { ms, longest } = run({ fixed: 275, stepMs: 9.4 }, 2000);
    expect(ms / (2000 * 9.4)).toBeLessThan(1.3);
    expect(longest).toBeLessThan(4000);
    // Eight candidates of that size.
    expect(run({ fixed: 2200, stepMs: 39 }, 2000).longest).toBeLessThan(5000);
  });

  it('is not misled by a slow first call', () => {
    const { ms } = run({ fixed: 0, stepMs: 10, first: 3000 }, 2000);
    expect(ms).toBe(3000 + 2000 * 10);
    expect(run({ fixed: 0, stepMs: 10, first: 3000 }, 2000).calls.at(-2)).toBeGreaterThan(25);
  });

  it('learns also from calls that an evaluation cut short', () => {
    const { ms } = run({ fixed: 275, stepMs: 9.4 }, 2000, 100);
    expect(ms / 20 / (275 + 100 * 9.4)).toBeLessThan(1.2);
  });

  it('shortens calls of a device that has become slower', () => {
    const length = new CallLength();
    for (let call = 0; call < 12; call++) length.took(length.next(1e6), 5 * length.next(1e6));
    const before = length.next(1e6);
    for (let call = 0; call < 8; call++) length.took(length.next(1e6), 5000);
    expect(length.next(1e6)).toBeLessThan(before);
  });
});
