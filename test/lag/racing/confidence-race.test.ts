import { describe, expect, it } from 'vitest';
import { studentQuantile } from '../../../src-main/lag/racing/student-t.ts';
import { type RandomStream, randomStream } from '../../../src-main/tensor/random.ts';
import { batchesOf, LiveField, type Runner, ruleOf } from '../recorded-curves.ts';

const flat = (strategy: string, loss: number): Runner => ({ strategy, lossAt: () => loss });
const rule = ruleOf('confidenceRace', { every: 50, maxLag: 300, tolerance: 0.002 });

/** Independent noise on every batch of every candidate at every look. */
const noisy =
  (stream: RandomStream, deviation: number, count = 40) =>
  ({ lossAt }: Runner, step: number): Float32Array =>
    Float32Array.from({ length: count }, () => lossAt(step) + deviation * stream.normal());

describe('confidenceRace', () => {
  it('drops a clearly worse candidate at the first look and trains it no further', () => {
    const field = new LiveField([flat('good', 2), flat('bad', 2.5), flat('also good', 2.001)], {
      batchesOf: noisy(randomStream(1, 'race'), 0.02),
    });
    const { rounds, trainedTo, tie } = field.decide(rule);
    expect(rounds![0]!.eliminated.map(({ strategy }) => strategy)).toEqual(['bad']);
    expect(rounds![0]!.eliminated[0]!.why).toMatch(/^0\.(49|50)\d+ behind (also )?good, at least 0\.4/);
    expect(trainedTo!.bad).toBe(50);
    expect(trainedTo!.good).toBeGreaterThan(50);
    expect([...tie].sort()).toEqual(['also good', 'good']);
  });

  it('stops at once when all that is left is surely a tie, and names it', () => {
    const field = new LiveField([flat('a', 2), flat('b', 2.001), flat('far', 2.2)]);
    const evidence = field.decide(rule);
    expect(evidence).toMatchObject({ strategy: 'a', lag: 50, tie: ['a', 'b'], runnerUp: 'b' });
    expect(evidence.stoppedBecause).toMatch(/^The 2 candidates left at step 50 are a tie: .* within 0\.002/);
  });

  it('stops when the leader is safe', () => {
    const evidence = new LiveField([flat('a', 2), flat('b', 2.1)]).decide(rule);
    expect(evidence).toMatchObject({ lag: 50, tie: ['a'] });
    expect(evidence.stoppedBecause).toMatch(/the leader is safe/);
  });

  it('does not drop a difference below the tolerance, however sure', () => {
    const close = [flat('a', 2), flat('b', 2.05)];
    const evidence = new LiveField(close).decide(
      ruleOf('confidenceRace', { every: 50, maxLag: 100, tolerance: 0.06 }),
    );
    expect(evidence.tie).toEqual(['a', 'b']);
    expect(new LiveField(close).decide(rule).tie).toEqual(['a']);
  });

  it('goes on to the last look while noise leaves it open', () => {
    const field = new LiveField([flat('a', 2), flat('b', 2)], {
      batchesOf: noisy(randomStream(5, 'open'), 0.05),
    });
    const evidence = field.decide(rule);
    expect(evidence.lag).toBe(300);
    expect(evidence.stoppedBecause).toMatch(/last look; 2 candidates are left/);
  });

  it('puts its bound where a t interval of the stated level puts it', () => {
    // One look, one rival: an error level of 1 - confidence. Differences alternate around their mean.
    const single = ruleOf('confidenceRace', { every: 50, maxLag: 50, tolerance: 0, confidence: 0.95 });
    const count = 40;
    const halfWidth = studentQuantile(0.05, count - 1) * Math.sqrt(count / (count - 1) / count);
    const decideAt = (meanInErrors: number): number =>
      new LiveField([flat('a', 2), flat('b', 2 + meanInErrors * halfWidth * 0.125)], {
        batchesOf: ({ strategy, lossAt }, step) =>
          batchesOf(0, count).map(
            (_, batch) => lossAt(step) + (strategy === 'b' ? (batch % 2 === 0 ? 0.125 : -0.125) : 0),
          ),
      }).decide(single).tie.length;
    expect(decideAt(0.99)).toBe(2);
    expect(decideAt(1.01)).toBe(1);
  });

  it('drops a best candidate no more often than stated, over many races without any difference', () => {
    const names = ['a', 'b', 'c', 'd'];
    const loose = ruleOf('confidenceRace', { every: 50, maxLag: 200, tolerance: 0, confidence: 0.8 });
    const races = 400;
    let dropped = 0;
    for (let race = 0; race < races; race++) {
      const field = new LiveField(
        names.map((name) => flat(name, 2)),
        { batchesOf: noisy(randomStream(race, 'null'), 0.02, 10), steps: [0, 50, 100, 150, 200] },
      );
      const { rounds } = field.decide(loose, { margins: false });
      if (rounds!.some(({ eliminated }) => eliminated.some(({ strategy }) => strategy === 'a'))) dropped++;
    }
    // 20 % are allowed; by the union bound over looks and rivals it is fewer. Some errors show that the test can fail.
    expect(dropped / races).toBeLessThanOrEqual(0.2);
    expect(dropped).toBeGreaterThan(0);
  });

  it('states its correction, and refuses a race without two validation batches', () => {
    const evidence = new LiveField([flat('a', 2), flat('b', 2.1), flat('c', 2.2)]).decide(rule);
    expect(evidence.noise).toContain(`${(0.05 / 12).toPrecision(3)}`);
    expect(evidence.noise).toMatch(/0\.05 divided by 6 looks and 2 rivals \(Bonferroni\)/);
    const single = new LiveField([flat('a', 2), flat('b', 2.1)], {
      batchesOf: ({ lossAt }) => batchesOf(lossAt(0), 1),
    });
    expect(() => single.decide(rule)).toThrow(/1 validation batch; a confidence race needs at least 2/);
  });
});
