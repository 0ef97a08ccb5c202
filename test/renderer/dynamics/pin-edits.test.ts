import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterPin,
  afterRedo,
  afterUndo,
  type LagPins,
  NO_PINS,
  readPins,
} from '../../../src-renderer/dynamics/pin-edits.ts';

const pinnedAll = (...lags: number[]): LagPins => lags.reduce(afterPin, NO_PINS);

describe('pinning lags', () => {
  it('pins, unpins and keeps the two latest', () => {
    expect(pinnedAll(5, 10).pinned).toEqual([5, 10]);
    expect(pinnedAll(5, 10, 20).pinned).toEqual([10, 20]);
    expect(pinnedAll(5, 10, 5).pinned).toEqual([10]);
  });

  it('takes back and makes again, the lag that was pushed out included', () => {
    const back = afterUndo(pinnedAll(5, 10, 20));
    expect(back.pinned).toEqual([5, 10]);
    expect(afterRedo(back).pinned).toEqual([10, 20]);
    expect(afterPin(back, 40).redo).toEqual([]);
  });

  it('comes back to where it was by as many steps back, and forward again', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 30 }), (lags) => {
        const there = pinnedAll(...lags);
        const start = lags.reduce(afterUndo, there);
        expect(start.pinned).toEqual([]);
        expect(afterUndo(start)).toEqual(start);
        expect(lags.reduce(afterRedo, start)).toEqual(there);
      }),
    );
  });

  it('keeps at most 200 steps', () => {
    const lags = Array.from({ length: 300 }, (_, index) => index);
    expect(pinnedAll(...lags).undo).toHaveLength(200);
  });

  it('is read from what was stored, and from nothing else', () => {
    const pins = afterUndo(pinnedAll(5, 10, 20));
    expect(readPins(JSON.stringify(pins))).toEqual(pins);
    for (const wrong of [
      { ...pins, pinned: [1, 2, 3] },
      { ...pins, pinned: [-1] },
      { ...pins, undo: [{ lag: 1 }] },
      { ...pins, redo: [null] },
      [],
    ])
      expect(readPins(JSON.stringify(wrong))).toBe(NO_PINS);
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => readPins(text) === NO_PINS));
    expect(readPins(null)).toBe(NO_PINS);
  });
});
