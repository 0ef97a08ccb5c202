import { describe, expect, it } from 'vitest';
import type { EvaluationRecord } from '../../src-main/contract/records.ts';
import { finalLossOf, finalWindowStart } from '../../src-main/lag/final-loss.ts';

describe('finalLossOf', () => {
  const at = (pairs: readonly (readonly [number, number])[]): EvaluationRecord[] =>
    pairs.map(([step, loss]) => ({ step, loss }) as EvaluationRecord);

  it('is the mean of the evaluations in the last 10 % of the horizon', () => {
    expect(
      finalLossOf(
        at([
          [900, 9],
          [925, 2],
          [975, 3],
          [1000, 1],
        ]),
        1000,
      ),
    ).toBe(2);
    expect(finalWindowStart(1000)).toBe(900);
  });

  it('is null before the end and when a loss of the window is not finite', () => {
    expect(finalLossOf(at([[975, 3]]), 1000)).toBeNull();
    expect(
      finalLossOf(
        at([
          [950, Number.NaN],
          [1000, 1],
        ]),
        1000,
      ),
    ).toBeNull();
  });

  it('uses the last evaluation alone for horizons below ten steps', () => {
    expect(
      finalLossOf(
        at([
          [4, 9],
          [5, 1],
        ]),
        5,
      ),
    ).toBe(1);
  });
});
