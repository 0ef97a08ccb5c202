import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DecisionRule,
  decisionEvidenceSchema,
  lagOf,
  RULE_NAMES,
} from '../../src-main/contract/decision.ts';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { RecordedAudit } from '../../src-main/contract/recorded-audit.ts';
import type { StudySpecInput } from '../../src-main/contract/study.ts';
import { replayDecision } from '../../src-main/lag/replay/replay-audit.ts';
import { findRecordedAudit, recordedAudit } from '../../src-main/service/recorded-audits.ts';
import { frontOf, replayCsv, replayStudy, writeReplayCsv } from '../../src-main/service/replay-study.ts';
import { localTrainers } from '../lag/local-trainers.ts';
import { TestHome, TINY_POOL, tinyStudy } from '../lag/tiny-study.ts';

const HORIZON = 24;
const home = new TestHome();
afterAll(() => home.remove());

const pool: StudySpecInput['pool'] = { ...TINY_POOL, controls: [{ name: 'scratch', operator: 'scratch' }] };

async function study(changes: Partial<StudySpecInput>): Promise<string> {
  const { id } = await home.run(tinyStudy({ pool, ...changes }), localTrainers());
  return id;
}

function refusalOf(action: () => unknown): EspalierError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(EspalierError);
    return error as EspalierError;
  }
  throw new Error('nothing was refused');
}

let id: string;
let audit: RecordedAudit;
beforeAll(async () => {
  id = await study({
    mode: 'audit',
    repeats: 2,
    cooldownLags: [8],
    evaluation: { batches: 4, batchSize: 4, early: [3, 6, 9, 12, 15], every: 4 },
  });
  audit = findRecordedAudit(home.home, id);
});

describe('recordedAudit', () => {
  it('holds the curves of all runs with their schedules, controls marked', () => {
    expect(audit).toMatchObject({
      id,
      seed: 3,
      horizon: HORIZON,
      metrics: [{ name: 'loss', lowerIsBetter: true }],
      facts: {
        sourceLayers: 2,
        targetLayers: 4,
        width: 16,
        pool: 'tiny',
        families: { stack: 'stack', identity: 'identityCopy', noisy: 'stack', scratch: 'scratch' },
      },
    });
    const kinds = audit.curves.map(
      ({ strategy, schedule, scheduleSteps, repeat }) => `${strategy} ${schedule} ${scheduleSteps} ${repeat}`,
    );
    for (const kind of [
      'stack final 24 0',
      'stack cooldown 12 0',
      'stack cooldown 8 0',
      'stack cooldown 12 2',
    ])
      expect(kinds).toContain(kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(
      new Set(audit.curves.filter(({ isControl }) => isControl).map(({ strategy }) => strategy)),
    ).toEqual(new Set(['scratch']));
  });

  it('holds the numbers of the history', () => {
    home.read((history) => {
      const curve = audit.curves.find(
        ({ strategy, schedule }) => strategy === 'noisy' && schedule === 'final',
      )!;
      const stored = history.listEvaluations(`${id}/noisy/full`);
      expect(curve.points.map(({ step }) => step)).toEqual(stored.map(({ step }) => step));
      for (const [index, { loss, batchLosses, gradientNorm, weightDistance }] of stored.entries())
        expect(curve.points[index]).toMatchObject({
          metrics: { loss },
          batchLosses,
          gradientNorm,
          weightDistance,
        });
      const run = history.getRun(`${id}/noisy/full`);
      expect(curve.points.at(-1)!.flops).toBeCloseTo(run.flops, -3);
    });
  });

  it('refuses unknown ids, studies that are no audits, and audits that are not finished', async () => {
    expect(refusalOf(() => findRecordedAudit(home.home, 'nothing')).message).toMatch(/no study "nothing"/);
    const select = await study({ mode: 'select' });
    const noAudit = refusalOf(() => home.read((history) => recordedAudit(history, select)));
    expect(noAudit).toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/has mode select; only an audit/),
    });
    const other = new TestHome();
    try {
      expect(refusalOf(() => findRecordedAudit(other.home, id)).message).toMatch(/no history/);
      await other
        .run(tinyStudy({ mode: 'audit' }), localTrainers(), { signal: AbortSignal.abort() })
        .catch(() => null);
      const [summary] = other.service(localTrainers()).list();
      const unfinished = refusalOf(() => findRecordedAudit(other.home, summary!.study.id));
      expect(unfinished).toMatchObject({
        code: 'refused',
        message: expect.stringMatching(/is interrupted; it must be finished/),
      });
    } finally {
      other.remove();
    }
  });
});

describe('replayDecision, of audits in the history', () => {
  const rules: readonly StudySpecInput['decision'][] = [
    { rule: 'cooldown', lag: 12, resamples: 100 },
    { rule: 'lossAtLag', lag: 12, resamples: 100 },
    { rule: 'initialLoss', resamples: 100 },
    { rule: 'windowMean', lag: 12, window: 6, resamples: 100 },
    { rule: 'areaUnderCurve', lag: 12, resamples: 100 },
    { rule: 'extrapolation', lag: 20, resamples: 100 },
    { rule: 'gradientNorm', lag: 12 },
    { rule: 'weightDistance', lag: 12 },
    { rule: 'successiveHalving', ladder: [3, 6, 12], resamples: 100 },
    { rule: 'hyperband', maxLag: 12, minLag: 3, eta: 2, resamples: 100 },
    { rule: 'confidenceRace', every: 4, maxLag: 20, resamples: 100 },
    { rule: 'automaticLag', every: 4, maxLag: 20, resamples: 100 },
  ];
  for (const decision of rules)
    it(`${decision!.rule}: equals the live decision, in an audit and in a study that selects`, {
      timeout: 60_000,
    }, async () => {
      const live = await study({ mode: 'audit', decision });
      const selected = await study({ mode: 'select', decision });
      const decisionOf = (of: string): unknown =>
        home.read((history) =>
          decisionEvidenceSchema.parse(JSON.parse(history.listDecisions(of)[0]!.evidenceJson)),
        );
      const rule = home.read(
        (history) => (JSON.parse(history.getStudy(live).specJson) as { decision: DecisionRule }).decision,
      );
      expect(replayDecision(findRecordedAudit(home.home, live), rule)).toEqual(decisionOf(live));
      expect(decisionOf(selected)).toEqual(decisionOf(live));
    });

  it('equals it with paired repeats, which set the noise floor', () => {
    home.read((history) => {
      const made = history.listDecisions(id)[0]!;
      const { decision } = JSON.parse(history.getStudy(id).specJson) as { decision: DecisionRule };
      const evidence = replayDecision(audit, decision);
      expect(evidence).toEqual(decisionEvidenceSchema.parse(JSON.parse(made.evidenceJson)));
      expect(evidence.noiseFloor).toBeGreaterThan(0);
    });
  });
});

describe('replayStudy', () => {
  it('replays all rules, or those named, on the whole pool or a smaller one', () => {
    const all = replayStudy(home.home, id, {});
    expect(new Set(all.rows.map(({ rule }) => rule.rule)).size).toBe(RULE_NAMES.length);
    expect(all.skipped).toEqual([]);
    const some = replayStudy(home.home, id.slice(0, 8), {
      rules: ['cooldown', 'lossAtLag'],
      pool: ['stack', 'noisy'],
    });
    expect(new Set(some.rows.map(({ rule }) => rule.rule))).toEqual(new Set(['cooldown', 'lossAtLag']));
    expect(some.rows.filter(({ rule }) => rule.rule === 'cooldown').map(({ rule }) => lagOf(rule))).toEqual([
      8, 12,
    ]);
    expect(some.candidates.map(({ strategy }) => strategy)).toEqual(['stack', 'noisy']);
    const front = frontOf(all);
    expect(front.length).toBeGreaterThan(0);
    expect(front.map(({ cost }) => cost.steps)).toEqual(
      front.map(({ cost }) => cost.steps).toSorted((a, b) => a - b),
    );
  });

  it('refuses unknown rules, strategies and metrics', () => {
    const messageOf = (request: Parameters<typeof replayStudy>[2]): string =>
      refusalOf(() => replayStudy(home.home, id, request)).message;
    expect(messageOf({ rules: ['cooldwn'] })).toMatch(
      /^--rules has no rule "cooldwn"; the rules are all, cooldown,/,
    );
    expect(messageOf({ pool: ['stack', 'stak'] })).toMatch(/no strategy stak; it has stack, random/);
    expect(messageOf({ metric: 'bleu' })).toMatch(/no metric bleu; it holds loss/);
  });

  it('writes one CSV line for each rule, and refuses a folder that is not there', () => {
    const report = replayStudy(home.home, id, { rules: ['lossAtLag'] });
    const folder = mkdtempSync(join(home.home.folder, 'csv-'));
    const file = writeReplayCsv(report, join(folder, 'replay.csv'));
    const lines = readFileSync(file, 'utf8').trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + report.rows.length);
    expect(lines[0]!.split(',')).toHaveLength(lines[1]!.split(',').length);
    expect(replayCsv(report)).toContain(`lossAtLag,lossAtLag ${report.rows[0]!.lag},`);
    rmSync(folder, { recursive: true });
    expect(refusalOf(() => writeReplayCsv(report, file)).message).toMatch(/does not exist/);
    expect(existsSync(folder)).toBe(false);
  });
});
