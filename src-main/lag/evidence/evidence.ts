/** Everything the audits of a history say together. Pure. */
import { type EvidenceFilter, type EvidenceReport, metricOfFilter } from '../../contract/evidence.ts';
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import type { EvidenceOptions } from './estimate.ts';
import { FACTS, filterAudits } from './filter-audits.ts';
import { type AuditOutcome, countSettings, outcomeOf } from './outcomes.ts';
import { type AuditPart, type Entry, recommend } from './recommendation.ts';
import { ruleEvidence, ruleKey, ruleOutcomes } from './rule-evidence.ts';
import { type Standing, standingsBy, strategyEvidence } from './strategy-evidence.ts';

const DEFAULTS: EvidenceOptions = { seed: 0, resamples: 2000 };

/**
 * Tables of strategies, families and rules over the audits that match, with recommendations. Regrets are in the units
 * of the metric; audits that do not hold it are left out.
 */
export function evidenceOf(
  audits: readonly RecordedAudit[],
  filter: EvidenceFilter = {},
  options: EvidenceOptions = DEFAULTS,
): EvidenceReport {
  const metric = metricOfFilter(filter);
  const { kept, leftOut } = filterAudits(audits, filter);
  const outcomes = kept.map((audit) => outcomeOf(audit, metric));
  const strategies = standingsBy('strategy', outcomes);
  const families = standingsBy('family', outcomes);
  const rules = outcomes.flatMap((outcome) => ruleOutcomes(outcome, metric));
  const parts = partsOf(outcomes, filter);
  return {
    metric,
    filter,
    audits: kept.map(({ id, name, seed }) => ({ id, name, seed })),
    settings: countSettings(outcomes),
    leftOut,
    strategies: strategyEvidence(strategies, options),
    families: strategyEvidence(families, options),
    rules: ruleEvidence(rules, options).toSorted(
      (a, b) => (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0) || a.lagShare - b.lagShare,
    ),
    recommendation: {
      strategy: recommend('strategies', strategies.map(toEntry), parts, options),
      family: recommend('families', families.map(toEntry), parts, options),
      rule: recommend(
        'rules',
        rules.map((outcome) => ({ ...outcome, name: ruleKey(outcome) })),
        parts,
        options,
      ),
    },
  };
}

const toEntry = ({ name, auditId, setting, regret }: Standing): Entry => ({
  name,
  auditId,
  setting,
  regret,
  cost: 0,
});

/** One part for every value of every fact that differs among the audits and is not asked for already. */
function partsOf(outcomes: readonly AuditOutcome[], filter: EvidenceFilter): AuditPart[] {
  return FACTS.flatMap(([name, of]) => {
    if (filter[name] !== undefined) return [];
    const groups = Map.groupBy(outcomes, ({ audit }) => of(audit.facts));
    if (groups.size < 2) return [];
    return [...groups].flatMap(([value, group]) =>
      value === null
        ? []
        : [{ where: `${name} ${value}`, auditIds: new Set(group.map(({ audit }) => audit.id)) }],
    );
  });
}
