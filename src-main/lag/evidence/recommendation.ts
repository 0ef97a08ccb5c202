/** What to choose in a new study by the audits there are, how surely, and what would change it. */
import type { Advice, Recommendation } from '../../contract/evidence.ts';
import { TIE_TOLERANCE } from '../rank-statistics.ts';
import { deviationOf, type EvidenceOptions, estimateOf, meanOf } from './estimate.ts';
import { countSettings } from './outcomes.ts';

/** Fewest audits behind a recommendation, and behind a comparison of two. */
export const LEAST_AUDITS = 5;
/** Fewest audits of a part that is looked at for another winner. */
export const LEAST_AUDITS_OF_PART = 3;
/** What stands first must have taken part in at least this share of the audits. */
const LEAST_PRESENCE = 0.5;

/** One of the things to choose from, in one audit. */
export interface Entry {
  readonly name: string;
  readonly auditId: string;
  readonly setting: string;
  readonly regret: number;
  /** Breaks ties of regret: the cost of a rule; 0 for strategies. */
  readonly cost: number;
}

/** Parts of the audits by their facts: `corpus moby-dick` and the ids of its audits. */
export interface AuditPart {
  readonly where: string;
  readonly auditIds: ReadonlySet<string>;
}

/**
 * The name with the lowest mean regret among those in at least half of the audits; of those within TIE_TOLERANCE of
 * it the cheapest. Compared with every other one audit by audit; the runner-up is the one that comes closest.
 */
export function recommend(
  what: string,
  entries: readonly Entry[],
  parts: readonly AuditPart[],
  options: EvidenceOptions,
): Recommendation {
  const auditCount = new Set(entries.map(({ auditId }) => auditId)).size;
  if (auditCount < LEAST_AUDITS)
    return {
      insufficient: `${countOf(auditCount)} ${auditCount === 1 ? 'tells' : 'tell'} of ${what}; at least ${LEAST_AUDITS} must, for a recommendation.`,
    };
  const groups = Map.groupBy(entries, ({ name }) => name);
  const eligible = eligibleNames(groups, auditCount, LEAST_AUDITS);
  if (eligible.length < 2)
    return {
      insufficient: `${eligible.length === 0 ? 'None' : `Only ${eligible[0]}`} of the ${what} took part in at least half of the ${auditCount} audits and in ${LEAST_AUDITS}; two must, to be compared.`,
    };
  const name = leaderOf(groups, eligible);
  const own = groups.get(name)!;
  const rivals = eligible
    .filter((other) => other !== name)
    .map((other) => ({ name: other, differences: differencesOf(groups.get(other)!, own) }))
    .filter(({ differences }) => differences.length >= LEAST_AUDITS)
    .sort((a, b) => meanOf(a.differences) - meanOf(b.differences));
  const [closest] = rivals;
  const runnerUp = closest === undefined ? null : runnerUpOf(closest, options);
  return {
    advice: {
      name,
      audits: own.length,
      settings: countSettings(own),
      regret: estimateOf(
        own.map(({ regret }) => regret),
        options,
      ),
      runnerUp,
      isSure: runnerUp?.difference.low != null && runnerUp.difference.low > 0,
      otherwise: parts.flatMap((part) => otherLeader(part, entries, name)),
    },
  };
}

const countOf = (audits: number): string =>
  audits === 0 ? 'No audits' : audits === 1 ? 'One audit' : `${audits} audits`;

function eligibleNames(
  groups: ReadonlyMap<string, readonly Entry[]>,
  auditCount: number,
  least: number,
): string[] {
  const needed = Math.max(least, LEAST_PRESENCE * auditCount);
  return [...groups].filter(([, own]) => own.length >= needed).map(([name]) => name);
}

function leaderOf(groups: ReadonlyMap<string, readonly Entry[]>, names: readonly string[]): string {
  const rows = names.map((name) => {
    const own = groups.get(name)!;
    return {
      name,
      regret: meanOf(own.map(({ regret }) => regret)),
      cost: meanOf(own.map(({ cost }) => cost)),
    };
  });
  const least = Math.min(...rows.map(({ regret }) => regret));
  const [first] = rows
    .filter(({ regret }) => regret - least <= TIE_TOLERANCE)
    .sort((a, b) => a.cost - b.cost || a.regret - b.regret || (a.name < b.name ? -1 : 1));
  return first!.name;
}

/** Regret of the one minus that of the other in every audit that has both. */
function differencesOf(one: readonly Entry[], other: readonly Entry[]): number[] {
  const regrets = new Map(other.map(({ auditId, regret }) => [auditId, regret]));
  return one.flatMap(({ auditId, regret }) => {
    const against = regrets.get(auditId);
    return against === undefined ? [] : [regret - against];
  });
}

function runnerUpOf(
  { name, differences }: { readonly name: string; readonly differences: readonly number[] },
  options: EvidenceOptions,
): NonNullable<Advice['runnerUp']> {
  const deviation = deviationOf(differences);
  const lead = Math.max(0, meanOf(differences)) * differences.length;
  return {
    name,
    audits: differences.length,
    difference: estimateOf(differences, options),
    overtakesAfter: deviation > 0 ? Math.floor(lead / deviation) + 1 : null,
  };
}

function otherLeader({ where, auditIds }: AuditPart, entries: readonly Entry[], name: string) {
  const within = entries.filter(({ auditId }) => auditIds.has(auditId));
  const audits = new Set(within.map(({ auditId }) => auditId)).size;
  if (audits < LEAST_AUDITS_OF_PART) return [];
  const groups = Map.groupBy(within, (entry) => entry.name);
  const eligible = eligibleNames(groups, audits, LEAST_AUDITS_OF_PART);
  if (eligible.length < 2) return [];
  const leader = leaderOf(groups, eligible);
  return leader === name ? [] : [{ where, name: leader, audits }];
}
