/** Replaying decision rules on an audit of the history: the report as data, as a table and as CSV. */
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type DecisionRule, lagOf, RULE_NAMES, type RuleName } from '../contract/decision.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { RecordedAudit } from '../contract/recorded-audit.ts';
import type { ReplayReport, ReplayRow } from '../contract/replay.ts';
import { writeDurably } from '../data/durable-file.ts';
import { replayAudit } from '../lag/replay/replay-audit.ts';
import { restrict } from '../lag/replay/restrict-audit.ts';
import { ruleGrid } from '../lag/replay/rule-grid.ts';
import { ruleLabel } from '../lag/replay/rule-label.ts';
import { csvCell } from '../report/markup.ts';
import { formatCount, formatLoss, formatRank, formatShare } from '../report/number-format.ts';
import type { Home } from './home.ts';
import { findRecordedAudit } from './recorded-audits.ts';
import type { TextTable } from './study-digest.ts';

export interface ReplayRequest {
  /** Names of rules; all when left out. */
  readonly rules?: readonly string[];
  /** Strategies of a smaller pool; all when left out. */
  readonly pool?: readonly string[];
  /** Metric by which regret is judged. */
  readonly metric?: string;
}

/**
 * Replays rules on an audit of the history.
 * @throws EspalierError as `replayAuditBy` does, `bad-input` for unknown ids and for studies that are no audits,
 *   `refused` for an audit that is not finished
 */
export function replayStudy(home: Home, idOrPrefix: string, request: ReplayRequest): ReplayReport {
  return replayAuditBy(findRecordedAudit(home, idOrPrefix), request);
}

/**
 * Replays every rule of the grid, or those of the given names.
 * @throws EspalierError `bad-input` for unknown rules, strategies and metrics, `refused` where no rule can be replayed
 */
export function replayAuditBy(recorded: RecordedAudit, request: ReplayRequest): ReplayReport {
  const wanted = request.rules === undefined ? RULE_NAMES : ruleNames(request.rules);
  const audit = request.pool === undefined ? recorded : restrict(recorded, request.pool);
  const rules = rulesOf(audit, request.metric).filter(({ rule }) => wanted.includes(rule));
  const replayed = replayAudit(audit, rules, request.metric === undefined ? {} : { metric: request.metric });
  const absent = wanted
    .filter((name) => !rules.some(({ rule }) => rule === name))
    .map((label) => ({ label, why: NEEDS[label] ?? NO_LAG }))
    // Without any lag, no rule can be replayed: that reason comes before what single rules lack.
    .toSorted((a, b) => Number(b.why === NO_LAG) - Number(a.why === NO_LAG));
  const report = { ...replayed, skipped: [...absent, ...replayed.skipped] };
  if (report.rows.length > 0) return report;
  throw new EspalierError(
    'refused',
    `the audit ${audit.id} has no evaluations that ${wanted.join(', ')} could be replayed on${report.skipped[0] ? `: ${report.skipped[0].why}` : ''}`,
    { hint: 'Choose other rules, or audit with more evaluations or with cooldown probes.' },
  );
}

/** The rules of the grid; judged by another metric, also those that read that metric themselves. */
function rulesOf(audit: RecordedAudit, judgedBy: string | undefined): DecisionRule[] {
  const metrics = audit.metrics.filter(({ name }) => name === judgedBy);
  const rules = [...ruleGrid(audit), ...(metrics.length > 0 ? ruleGrid({ ...audit, metrics }) : [])];
  return [...new Map(rules.map((rule) => [ruleLabel(rule), rule])).values()];
}

/** Why the grid of an audit has no rule of a name: what the curves would have to hold. */
const NEEDS: Readonly<Partial<Record<RuleName, string>>> = {
  cooldown: 'The audit holds no cooldown probes of one length of every candidate.',
  extrapolation: 'Extrapolation fits at least four recorded losses between a quarter of the lag and the lag.',
  gradientNorm: 'The gradient norm was not recorded at every evaluation.',
  weightDistance: 'The distance from the growing point was not recorded at every evaluation.',
  confidenceRace:
    'A race compares losses validation batch by validation batch at three or more equally spaced looks; the audit does not hold them.',
};
const NO_LAG = 'No recorded steps before the last tenth of the run fit this rule.';

/** Checks names of rules; `all` stands for every one. */
function ruleNames(names: readonly string[]): readonly RuleName[] {
  if (names.length === 1 && names[0] === 'all') return RULE_NAMES;
  return names.map((name) => {
    const known = RULE_NAMES.find((rule) => rule === name);
    if (known !== undefined) return known;
    const message = `has no rule ${JSON.stringify(name.slice(0, 60))}; the rules are all, ${RULE_NAMES.join(', ')}`;
    throw new EspalierError('bad-input', `--rules ${message}`, { problems: [{ at: '--rules', message }] });
  });
}

/** The rules that no other beats, cheapest first. */
export function frontOf({ rows }: ReplayReport): ReplayRow[] {
  return rows
    .filter(({ isOnFront }) => isOnFront)
    .toSorted((a, b) => a.cost.shareOfExhaustive - b.cost.shareOfExhaustive || lagOf(a.rule) - lagOf(b.rule));
}

/** The front as a table; of rules with equal regret and cost only the first is shown, the others counted. */
export function frontTable(report: ReplayReport): TextTable {
  const groups = Map.groupBy(frontOf(report), ({ regret, cost }) => `${regret} ${cost.shareOfExhaustive}`);
  return {
    header: ['rule', 'picks', 'rank', 'regret', 'cost', 'steps', ''],
    rows: [...groups.values()].map((group) => {
      const { label, strategy, equals, rank, regret, cost } = group[0]!;
      return [
        label,
        equals.length > 1 ? `${strategy} or ${equals.length - 1} equal` : strategy,
        formatRank(rank),
        formatLoss(regret),
        formatShare(cost.shareOfExhaustive),
        formatCount(cost.steps),
        group.length > 1 ? `and ${group.length - 1} other ${group.length === 2 ? 'rule' : 'rules'}` : '',
      ];
    }),
    textColumns: 2,
    marked: null,
  };
}

/** What was replayed, in sentences. */
export function replaySentences({ audit, candidates, rows, skipped, metric }: ReplayReport): string[] {
  const best = candidates.find(
    ({ rank }) => rank === Math.min(...candidates.map((one) => one.rank ?? Infinity)),
  );
  const of = metric === 'loss' ? 'final loss, nats per token' : metric;
  return [
    `${audit.name} (${audit.id}): ${rows.length} rules on ${candidates.length} candidates of ${formatCount(audit.horizon)} steps; best in the end: ${best?.strategy ?? 'none'}.`,
    `Rules that no other beats in both regret (${of}) and cost (share of training every candidate to the end):`,
    ...(skipped.length > 0 ? [`${skipped.length} rules could not be answered by these curves.`] : []),
  ];
}

const COLUMNS: Readonly<Record<string, (row: ReplayRow) => string | number | boolean | null>> = {
  rule: ({ rule }) => rule.rule,
  label: ({ label }) => label,
  lag: ({ lag }) => lag,
  strategy: ({ strategy }) => strategy,
  equals: ({ equals }) => equals.join('; '),
  regret: ({ regret }) => regret,
  regret_of_pick: ({ regretOfPick }) => regretOfPick,
  rank: ({ rank }) => rank,
  cost_share: ({ cost }) => cost.shareOfExhaustive,
  steps: ({ cost }) => cost.steps,
  probe_steps: ({ cost }) => cost.probeSteps,
  flops: ({ cost }) => cost.flops,
  is_on_front: ({ isOnFront }) => isOnFront,
  stopped_because: ({ stoppedBecause }) => stoppedBecause,
};

/** One line for each rule (RFC 4180, CRLF, full precision, empty where missing). */
export function replayCsv({ rows }: ReplayReport): string {
  const lines = rows.map((row) => Object.values(COLUMNS).map((cell) => csvCell(cell(row))));
  return [Object.keys(COLUMNS), ...lines].map((cells) => `${cells.join(',')}\r\n`).join('');
}

/**
 * Writes the CSV; a file of that name is replaced.
 * @throws EspalierError `bad-input` when the folder does not exist, `failed` when it cannot be written
 */
export function writeReplayCsv(report: ReplayReport, file: string): string {
  const path = resolve(file);
  if (!existsSync(dirname(path)))
    throw new EspalierError('bad-input', `--csv ${file}: the folder ${dirname(path)} does not exist`, {
      hint: 'Make the folder first, or name another file.',
    });
  try {
    return writeDurably(dirname(path), [Buffer.from(replayCsv(report), 'utf8')], () => basename(path)).path;
  } catch (error) {
    if (error instanceof EspalierError) throw error;
    throw new EspalierError('failed', `--csv ${file} cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
