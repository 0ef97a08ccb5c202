import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decisionRuleSchema } from '../../../src-main/contract/decision.ts';
import type { RecordedAudit } from '../../../src-main/contract/recorded-audit.ts';
import { finalValueOf } from '../../../src-main/lag/replay/final-values.ts';
import { paretoFront } from '../../../src-main/lag/replay/pareto-front.ts';
import { replayAudit, replayDecision } from '../../../src-main/lag/replay/replay-audit.ts';
import { restrict } from '../../../src-main/lag/replay/restrict-audit.ts';
import { ruleGrid } from '../../../src-main/lag/replay/rule-grid.ts';
import { ruleLabel } from '../../../src-main/lag/replay/rule-label.ts';
import { anyRule, auditOf, curve, HORIZON, LiveField, point, ruleOf, STEPS } from '../recorded-curves.ts';

/** `start` is equal to `also` at the start, `end` overtakes both after step 200. */
const LOSSES: Readonly<Record<string, (step: number) => number>> = {
  start: (step) => 2 - step / 4000,
  also: (step) => 2 - step / 8000,
  end: (step) => (step <= 200 ? 2.2 : 1.5),
  bad: () => 3,
};
const probes = Object.entries(LOSSES).map(([strategy, lossAt]) =>
  curve(strategy, (step) => lossAt(step) + (strategy === 'end' ? -1 : 0), {
    schedule: 'cooldown',
    scheduleSteps: 100,
  }),
);
const audit = auditOf([
  ...Object.entries(LOSSES).map(([strategy, lossAt]) => curve(strategy, lossAt)),
  ...probes,
  curve('scratch', () => 1, { isControl: true }),
]);
const rowOf = (rule: ReturnType<typeof ruleOf>, given: RecordedAudit = audit) =>
  replayAudit(given, [rule]).rows[0]!;

describe('replayAudit', () => {
  it('judges picks by the final losses and charges decision and rest of the winner', () => {
    expect(rowOf(ruleOf('lossAtLag', { lag: 100 }))).toMatchObject({
      strategy: 'start',
      equals: ['start'],
      rank: 2,
      cost: { steps: 4 * 100 + 300, probeSteps: 0, flops: 700_000, shareOfExhaustive: 700 / 1600 },
    });
    // Mean of the evaluations at 370, 380, 390 and 400.
    expect(rowOf(ruleOf('lossAtLag', { lag: 100 })).regret).toBeCloseTo(2 - 385 / 4000 - 1.5, 6);
    expect(rowOf(ruleOf('lossAtLag', { lag: 250 }))).toMatchObject({ strategy: 'end', regret: 0, rank: 1 });
  });

  it('charges a cooldown probe beside the whole run of the winner', () => {
    expect(rowOf(ruleOf('cooldown', { lag: 100 }))).toMatchObject({
      strategy: 'end',
      regret: 0,
      cost: { steps: 4 * 100 + 400, probeSteps: 400, shareOfExhaustive: 0.5 },
    });
  });

  it('averages regret over candidates that are equal, as initial loss leaves them', () => {
    const row = rowOf(ruleOf('initialLoss'));
    expect(row).toMatchObject({ strategy: 'start', equals: ['start', 'also'], cost: { steps: 400 } });
    const [start, also] = [2 - 385 / 4000 - 1.5, 2 - 385 / 8000 - 1.5];
    expect(row.regretOfPick).toBeCloseTo(start, 6);
    expect(row.regret).toBeCloseTo((start + also) / 2, 6);
  });

  it('charges rungs once: they are part of the winner’s run', () => {
    const { strategy, cost } = rowOf(ruleOf('successiveHalving', { ladder: [50, 250], eta: 2 }));
    expect(strategy).toBe('start');
    expect(cost.steps).toBe(2 * 50 + 2 * 250 + 150);
  });

  it('reports candidates with final values and ranks, controls left out', () => {
    const { candidates, exhaustiveSteps, metric } = replayAudit(audit, []);
    expect(candidates.map(({ strategy, rank }) => [strategy, rank])).toEqual([
      ['start', 2],
      ['also', 3],
      ['end', 1],
      ['bad', 4],
    ]);
    expect({ exhaustiveSteps, metric }).toEqual({ exhaustiveSteps: 1600, metric: 'loss' });
  });

  it('gives no regret for a pick that was lost later, and none of its training beyond', () => {
    const lost = auditOf([
      {
        ...curve('lost', () => 1.9),
        isDiverged: true,
        points: [0, 10, 50, 100].map((step) => point(step, 1.9)),
      },
      curve('kept', () => 2),
    ]);
    expect(rowOf(ruleOf('lossAtLag', { lag: 100 }), lost)).toMatchObject({
      strategy: 'lost',
      regret: null,
      rank: null,
    });
    const later = rowOf(ruleOf('lossAtLag', { lag: 150 }), lost);
    expect(later).toMatchObject({ strategy: 'kept', regret: 0, cost: { steps: 101 + 150 + 250 } });
  });

  it('skips a rule that the curves cannot answer, with the reason', () => {
    const report = replayAudit(audit, [ruleOf('cooldown', { lag: 60 }), ruleOf('lossAtLag', { lag: 99 })]);
    expect(report.rows).toEqual([]);
    expect(report.skipped.map(({ label }) => label)).toEqual(['cooldown 60', 'lossAtLag 99']);
    expect(report.skipped[0]!.why).toMatch(/no cooldown probe of 60 steps .* those of 100 steps/);
  });

  it('takes more of a metric for better where the audit says so, whatever its name', () => {
    const curves = [0.3, 0.6].map((score, index) => ({
      ...curve(`s${index}`, () => 2),
      points: STEPS.map((step) => point(step, 2, { metrics: { score: score + step / 4000 } })),
    }));
    const scored = auditOf(curves, { metrics: [{ name: 'score', lowerIsBetter: false }] });
    const rule = decisionRuleSchema.parse({ rule: 'lossAtLag', lag: 100, metric: 'score' });
    const report = replayAudit(scored, [rule]);
    expect(report).toMatchObject({ metric: 'score', rows: [{ strategy: 's1', regret: 0, rank: 1 }] });
    expect(report.candidates[1]!.finalValue).toBeCloseTo(0.6 + 385 / 4000, 9);
    const onSignals = ['gradientNorm', 'weightDistance'];
    for (const one of ruleGrid(scored))
      if (!onSignals.includes(one.rule)) expect(one).toMatchObject({ metric: 'score' });
    expect(replayAudit(scored, ruleGrid(scored)).skipped).toEqual([]);
  });

  it('refuses an unknown metric and an audit in which nobody reached the horizon', () => {
    expect(() => replayAudit(audit, [], { metric: 'f1' })).toThrow(/holds no metric f1; it holds loss/);
    const short = auditOf(
      [curve('a', () => 2), curve('b', () => 2)].map((one) => ({ ...one, isDiverged: true })),
    );
    expect(() => replayAudit(short, [])).toThrow(/at least one must have reached step 400/);
  });
});

describe('replayDecision', () => {
  it('equals the live decision of the same rule, margins and all', () => {
    const runners = Object.entries(LOSSES).map(([strategy, lossAt]) => ({ strategy, lossAt }));
    const recorded = auditOf([
      ...runners.map(({ strategy, lossAt }) => curve(strategy, lossAt)),
      ...runners.map(({ strategy, lossAt }) =>
        curve(strategy, lossAt, { schedule: 'cooldown', scheduleSteps: 100 }),
      ),
    ]);
    fc.assert(
      fc.property(anyRule, (rule) => {
        const live = new LiveField(runners).decide(rule);
        expect(replayDecision(recorded, rule)).toEqual(live);
        expect(rowOf(rule as ReturnType<typeof ruleOf>, recorded).strategy).toBe(live.strategy);
      }),
      { numRuns: 80 },
    );
  });

  it('hands recorded repeats on, which widen a tie', () => {
    const pair = (loss: number, repeat: number) => [
      curve('a', () => loss, { repeat }),
      curve('b', () => loss + (repeat === 0 ? 0.01 : repeat === 1 ? -0.02 : 0.03), { repeat }),
    ];
    const evidence = replayDecision(
      auditOf([...pair(2, 0), ...pair(2.1, 1), ...pair(2.2, 2)]),
      ruleOf('lossAtLag', { lag: 50 }),
    );
    expect(evidence.noiseFloor).toBeCloseTo(
      Math.sqrt((0.01 ** 2 + 0.02 ** 2 + 0.03 ** 2 - 3 * (0.02 / 3) ** 2) / 2),
      6,
    );
    expect(evidence.tie).toEqual(['a', 'b']);
  });
});

describe('ruleGrid', () => {
  const rules = ruleGrid(audit);

  it('makes rules of every kind, each once, that these curves can all answer', () => {
    expect(new Set(rules.map(({ rule }) => rule)).size).toBe(12);
    expect(new Set(rules.map(ruleLabel)).size).toBe(rules.length);
    expect(replayAudit(audit, rules).skipped).toEqual([]);
  });

  it('looks at no step of the window that forms the final value', () => {
    const { rows } = replayAudit(audit, rules);
    expect(Math.max(...rows.map(({ lag }) => lag))).toBe(350);
  });

  it('leaves out what was not recorded', () => {
    const bare = auditOf(
      ['a', 'b'].map((strategy, index) => ({
        ...curve(strategy, () => 2 + index),
        points: STEPS.map((step) =>
          point(step, 2 + index, { batchLosses: null, gradientNorm: null, weightDistance: null }),
        ),
      })),
    );
    const names = new Set(ruleGrid(bare).map(({ rule }) => rule));
    for (const rule of ['gradientNorm', 'weightDistance', 'confidenceRace', 'cooldown'] as const)
      expect(names.has(rule), rule).toBe(false);
    expect(names.has('automaticLag')).toBe(true);
    expect(replayAudit(bare, ruleGrid(bare)).skipped).toEqual([]);
  });
});

describe('restrict', () => {
  it('is the audit as if only these strategies had been in the pool', () => {
    const small = restrict(audit, ['bad', 'also', 'scratch']);
    expect(replayAudit(small, []).candidates.map(({ strategy, rank }) => [strategy, rank])).toEqual([
      ['also', 1],
      ['bad', 2],
    ]);
    expect(small.curves.map(({ strategy }) => strategy)).toEqual(['also', 'bad', 'also', 'bad', 'scratch']);
  });

  it('refuses unknown names and a pool of controls', () => {
    expect(() => restrict(audit, ['also', 'nobody'])).toThrow(
      /no strategy nobody; it has start, also, end, bad, scratch/,
    );
    expect(() => restrict(audit, ['scratch'])).toThrow(/no strategy to choose from/);
  });
});

describe('paretoFront', () => {
  it('holds exactly the points that no other point dominates', () => {
    const coordinate = fc.integer({ min: 0, max: 8 });
    fc.assert(
      fc.property(
        fc.array(fc.record({ regret: fc.option(coordinate, { freq: 5 }), cost: coordinate }), {
          maxLength: 25,
        }),
        (points) => {
          const dominates = (p: (typeof points)[number], q: (typeof points)[number]): boolean =>
            p.regret !== null &&
            q.regret !== null &&
            p.regret <= q.regret &&
            p.cost <= q.cost &&
            (p.regret < q.regret || p.cost < q.cost);
          expect(paretoFront(points)).toEqual(
            points.map((q) => q.regret !== null && !points.some((p) => dominates(p, q))),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('finalValueOf', () => {
  it('is null for a curve that ended early, diverged or lost its loss in the last tenth', () => {
    const whole = curve('a', () => 2);
    expect(finalValueOf(whole, 'loss', HORIZON)).toBe(2);
    expect(finalValueOf({ ...whole, isDiverged: true }, 'loss', HORIZON)).toBeNull();
    expect(finalValueOf({ ...whole, points: whole.points.slice(0, -1) }, 'loss', HORIZON)).toBeNull();
    const gap = whole.points.map((one) => (one.step === 380 ? { ...one, metrics: { loss: null } } : one));
    expect(finalValueOf({ ...whole, points: gap }, 'loss', HORIZON)).toBeNull();
  });
});
