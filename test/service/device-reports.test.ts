/** What is said of a device by what it computed on a tiny model, held against the reference engine. */
import { describe, expect, it } from 'vitest';
import type { TrainerEvent } from '../../src-main/contract/job.ts';
import { trainerLauncher } from '../../src-main/service/compose.ts';
import { judge, reportDevices } from '../../src-main/service/engines.ts';

const RIGHT = [5.545, 5.532];

/** The events of a trainer that started and measured these losses. */
const eventsOf = (losses: readonly number[], end: 'finished' | 'none' = 'finished'): TrainerEvent[] =>
  [
    { kind: 'started', device: 'some driver', computeDevice: 'webgpu' } as const,
    ...losses.map((loss, index) => ({
      kind: 'evaluation' as const,
      step: index,
      loss,
      batchLosses: Float32Array.of(loss),
      trainingLoss: null,
      gradientNorm: null,
      learningRate: null,
      seconds: 0,
      finishedAt: 0,
    })),
    ...(end === 'finished' ? [{ kind: 'finished', step: 5, seconds: 1 } as const] : []),
  ].map((event, sequence) => ({ runId: 'engines', sequence, ...event }) as unknown as TrainerEvent);

const judged = (losses: readonly number[], end?: 'finished' | 'none') =>
  judge('webgpu', { events: eventsOf(losses, end), crash: null, seconds: 1 }, RIGHT);

describe('a device', () => {
  it('is available when it computes what the reference engine does, up to rounding', () => {
    const report = judged([5.545, 5.532001]);
    expect(report).toMatchObject({ available: true, reason: 'some driver', hint: null });
    expect(report.difference).toBeCloseTo(1e-6, 9);
  });

  it.each([
    ['a loss that is off', [5.545, 5.545], '0.013'],
    ['a loss that is no number', [5.545, Number.NaN], 'Infinity'],
    ['a loss too few', [5.545], 'Infinity'],
  ])('is none when it trains with %s, and says so', (_, losses, difference) => {
    const report = judged(losses);
    expect(report.available).toBe(false);
    expect(report.reason).toContain(`differ by up to ${difference} nats`);
    expect(report.hint).toContain('driver');
  });

  it('is none when it did not finish, with the reason of the crash', () => {
    const report = judge(
      'webgpu',
      { events: eventsOf([5.545], 'none'), crash: 'signal SIGSEGV', seconds: 1 },
      RIGHT,
    );
    expect(report).toMatchObject({ available: false, reason: 'signal SIGSEGV', difference: null });
  });
});

describe('the CPU', () => {
  it('computes what the reference engine does', { timeout: 60_000 }, async () => {
    const [cpu] = await reportDevices(trainerLauncher, ['cpu']);
    expect(cpu!.available).toBe(true);
    expect(cpu!.difference).toBeLessThan(1e-5);
  });
});
