/** What all audits of the history say together: the report as data, and as sentences and tables for a terminal. */
import { EspalierError } from '../contract/errors.ts';
import type {
  Estimate,
  EvidenceFilter,
  EvidenceReport,
  Recommendation,
  StrategyEvidence,
} from '../contract/evidence.ts';
import { evidenceOf } from '../lag/evidence/evidence.ts';
import { ruleKey } from '../lag/evidence/rule-evidence.ts';
import { formatCorrelation, formatCount, formatLoss, formatShare } from '../report/number-format.ts';
import type { Home } from './home.ts';
import { finishedAudits, listAudits } from './recorded-audits.ts';
import type { TextTable } from './study-digest.ts';

/**
 * Evidence of all finished audits of the history, own and imported.
 * @throws EspalierError `refused` when no audit matches, saying why the others were left out
 */
export function gatherEvidence(home: Home, filter: EvidenceFilter): EvidenceReport {
  const audits = finishedAudits(home);
  const report = evidenceOf(audits, filter);
  if (report.audits.length > 0) return report;
  if (audits.length === 0)
    throw new EspalierError(
      'refused',
      `there is no finished audit in ${home.folder}; evidence is made of them`,
      {
        hint: 'Run a study file with `--mode audit`, or import recorded runs with `espalier import-curves`.',
      },
    );
  const reasons = Map.groupBy(report.leftOut, ({ why }) => why);
  const metrics = [...new Set(audits.flatMap((audit) => audit.metrics.map(({ name }) => name)))];
  throw new EspalierError(
    'refused',
    `none of the ${audits.length} finished audits matches: ${[...reasons].map(([why, group]) => `${group.length} left out because ${why}`).join('; ')}`,
    { hint: `Ask for less, or for another metric: recorded are ${metrics.slice(0, 20).join(', ')}.` },
  );
}

/** Every audit of the history as a table. */
export function auditTable(home: Home): TextTable {
  return {
    header: ['audit', 'name', 'origin', 'state', 'seed', 'since'],
    rows: listAudits(home).map(({ id, name, origin, state, seed, fileName, createdAt }) => [
      id,
      name,
      fileName === null ? origin : `${origin} from ${fileName}`,
      state,
      String(seed),
      createdAt,
    ]),
    textColumns: 4,
    marked: null,
  };
}

/** What was looked at, and what it says, in sentences. */
export function evidenceSentences(report: EvidenceReport): string[] {
  const { audits, settings, metric, leftOut, recommendation } = report;
  const reasons = [...Map.groupBy(leftOut, ({ why }) => why)];
  return [
    `${counted(audits.length, 'audit')} of ${counted(settings, 'setting')}, judged by ${metric}. Intervals are 95 % bootstrap intervals over audits, from five audits on.`,
    ...reasons.map(([why, group]) => `Left out: ${counted(group.length, 'audit')}, because ${why}.`),
    ...adviceSentences('strategy', recommendation.strategy, metric),
    ...adviceSentences('family', recommendation.family, metric),
    ...adviceSentences('rule and lag', recommendation.rule, metric),
  ];
}

function adviceSentences(what: string, recommendation: Recommendation, metric: string): string[] {
  if ('insufficient' in recommendation) return [`No recommended ${what}: ${recommendation.insufficient}`];
  const { name, audits, settings, regret, runnerUp, isSure, otherwise } = recommendation.advice;
  const lead =
    runnerUp === null
      ? `No other was in enough audits with it to be compared.`
      : `Runner-up: ${runnerUp.name}, worse by ${written(runnerUp.difference)} in ${counted(runnerUp.audits, 'audit')} that have both; ${isSure ? 'the interval leaves 0 out' : 'the interval does not leave 0 out, so the two are not told apart'}.`;
  const change =
    runnerUp === null || runnerUp.overtakesAfter === null
      ? []
      : [
          `It would overtake after ${counted(runnerUp.overtakesAfter, 'further audit')} that go against ${name} by one standard deviation each.`,
        ];
  const elsewhere = otherwise.map(
    ({ where, name: other, audits: count }) => `${other} for ${where} (${counted(count, 'audit')})`,
  );
  return [
    `Recommended ${what}: ${name}, on ${counted(audits, 'audit')} of ${counted(settings, 'setting')}; mean regret ${written(regret)} (${metric}).`,
    ...[lead, ...change].map((sentence) => `  ${sentence}`),
    ...(settings === 1 ? ['  All of one setting: it says nothing about others.'] : []),
    ...(elsewhere.length > 0 ? [`  Another stands first in parts: ${elsewhere.join('; ')}.`] : []),
  ];
}

const counted = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/** `0.0123 [0.0101, 0.0145]`; without bounds where there are too few audits. */
function written({ mean, low, high }: Estimate, format: (value: number) => string = formatLoss): string {
  return low === null || high === null ? format(mean) : `${format(mean)} [${format(low)}, ${format(high)}]`;
}

/** Strategies or families, best first. */
export function standingTable(title: string, rows: readonly StrategyEvidence[]): TextTable {
  return {
    header: [title, 'audits', 'settings', 'win rate', 'by chance', 'rank / pool', 'regret', ''],
    rows: rows.map(({ name, audits, settings, winRate, chance, rankShare, regret, lost }) => [
      name,
      formatCount(audits),
      formatCount(settings),
      written(winRate, formatShare),
      formatShare(chance),
      written(rankShare, (share) => share.toFixed(2)),
      written(regret),
      lost > 0 ? `${counted(lost, 'run')} without a final value` : '',
    ]),
    textColumns: 1,
    marked: null,
  };
}

/** Rules at shares of the horizon. */
export function ruleEvidenceTable({ rules }: EvidenceReport): TextTable {
  return {
    header: ['rule', 'audits', 'Spearman', 'regret', 'picks the best', 'cost', ''],
    rows: rules.map((row) => [
      ruleKey(row),
      formatCount(row.audits),
      row.spearman === null ? '–' : written(row.spearman, formatCorrelation),
      written(row.regret),
      written(row.hitRate, formatShare),
      formatShare(row.cost.mean),
      '',
    ]),
    textColumns: 1,
    marked: null,
  };
}
