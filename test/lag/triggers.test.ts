import { describe, expect, it } from 'vitest';
import type { EvaluationRecord } from '../../src-main/contract/records.ts';
import { readTrigger } from '../../src-main/lag/triggers.ts';
import { evaluation } from '../history/records.ts';

/** Evaluations every `every` steps of a loss given by its step. */
const curve = (lossAt: (step: number) => number, end: number, every = 10): EvaluationRecord[] =>
  Array.from({ length: end / every + 1 }, (_, index) =>
    evaluation('r', index * every, {
      loss: lossAt(index * every),
      trainingLoss: index === 0 ? null : lossAt(index * every),
    }),
  );

describe('readTrigger', () => {
  it('plateau: reads the relative fall over the window and fires below the threshold', () => {
    const trigger = { trigger: 'plateau', window: 20, minSteps: 0, improvement: 0.05 } as const;
    expect(
      readTrigger(
        trigger,
        curve((step) => 4 - step / 100, 20),
      ),
    ).toEqual({
      step: 20,
      value: expect.closeTo(0.05, 12),
      threshold: 0.05,
      hasFired: false,
    });
    expect(
      readTrigger(
        trigger,
        curve((step) => 4 - step / 200, 40),
      ).hasFired,
    ).toBe(true);
    expect(
      readTrigger(
        trigger,
        curve((step) => 4 - step / 100, 10),
      ).value,
    ).toBeNull();
  });

  it('plateau: interpolates between evaluations that do not meet the window', () => {
    const trigger = { trigger: 'plateau', window: 15, minSteps: 0, improvement: 0.5 } as const;
    // Linear from 4: at step 5 it was 3.95, at step 20 it is 3.8.
    expect(
      readTrigger(
        trigger,
        curve((step) => 4 - step / 100, 20),
      ).value,
    ).toBeCloseTo(0.15 / 3.95, 12);
  });

  it('never fires before minSteps', () => {
    const trigger = { trigger: 'plateau', window: 10, minSteps: 50, improvement: 0.5 } as const;
    expect(
      readTrigger(
        trigger,
        curve(() => 3, 40),
      ).hasFired,
    ).toBe(false);
    expect(
      readTrigger(
        trigger,
        curve(() => 3, 50),
      ).hasFired,
    ).toBe(true);
  });

  it('lossPerFlop: compares the last window with the first', () => {
    const trigger = { trigger: 'lossPerFlop', window: 10, minSteps: 0, share: 0.3 } as const;
    const halving = curve((step) => 2 + 2 ** (-step / 10), 40);
    // Falls of 1/2, 1/4, 1/8, 1/16 over successive windows of ten steps.
    expect(readTrigger(trigger, halving.slice(0, 2)).value).toBeNull();
    expect(readTrigger(trigger, halving.slice(0, 3))).toMatchObject({ value: 0.5, hasFired: false });
    expect(readTrigger(trigger, halving.slice(0, 4))).toMatchObject({ value: 0.25, hasFired: true });
  });

  it('gradientNoise: is the scatter around the trend over the fall of the trend', () => {
    const trigger = { trigger: 'gradientNoise', window: 40, minSteps: 0, ratio: 1 } as const;
    // A fall of 0.3 with a scatter of ±0.1 that is orthogonal to the trend: + - - +.
    const noise = [0, 0.1, -0.1, -0.1, 0.1];
    const noisy = curve((step) => 3 - step / 100 + noise[step / 10]!, 40);
    expect(readTrigger(trigger, noisy).value).toBeCloseTo(Math.sqrt(0.04 / 2) / 0.3, 9);
    expect(
      readTrigger(
        trigger,
        curve(() => 3, 40),
      ),
    ).toMatchObject({ value: Number.POSITIVE_INFINITY, hasFired: true });
  });
});
