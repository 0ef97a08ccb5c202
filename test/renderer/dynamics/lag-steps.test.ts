import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestStep, steppedLag } from '../../../src-renderer/dynamics/lag-steps.ts';

describe('nearestStep', () => {
  it('takes the earlier of two as near', () => {
    expect(nearestStep([0, 10, 20], 15)).toBe(10);
    expect(nearestStep([0, 10, 20], 16)).toBe(20);
    expect(nearestStep([], 5)).toBeNull();
  });
});

describe('steppedLag', () => {
  it.each([
    [10, 1, 20],
    [10, -1, 0],
    [15, 1, 20],
    [15, -1, 10],
    [10, 4, 40],
    [0, -1, 0],
    [99, -1, 40],
  ])('moves from %i by %i to %i', (lag, by, expected) => {
    expect(steppedLag([0, 10, 20, 40], lag, by)).toBe(expected);
  });

  it('undoes a move that met no end', () => {
    const steps = fc
      .uniqueArray(fc.nat(1000), { minLength: 3, maxLength: 30 })
      .map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(steps, fc.nat(), (all, pick) => {
        const at = 1 + (pick % (all.length - 2));
        expect(steppedLag(all, steppedLag(all, all[at]!, 1)!, -1)).toBe(all[at]);
      }),
    );
  });

  it('has nowhere to go without steps', () => {
    expect(steppedLag([], 5, 1)).toBeNull();
  });
});
