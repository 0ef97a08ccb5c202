/** Win rate, rank and regret of strategies and of families of growth operators over audits. */
import type { StrategyEvidence } from '../../contract/evidence.ts';
import { type EvidenceOptions, estimateOf, meanOf } from './estimate.ts';
import { type AuditOutcome, countSettings, type StrategyOutcome } from './outcomes.ts';

/** One name in one audit; members of a family put together. */
export interface Standing {
  readonly name: string;
  readonly auditId: string;
  readonly setting: string;
  readonly win: number;
  readonly chance: number;
  readonly rankShare: number;
  readonly regret: number;
  readonly lost: number;
}

/** Standings by strategy, or by family; strategies of unknown family have none. */
export function standingsBy(by: 'strategy' | 'family', outcomes: readonly AuditOutcome[]): Standing[] {
  return outcomes.flatMap(({ audit, setting, strategies }) => {
    const named = strategies.filter((one) => one[by] !== null);
    return [...Map.groupBy(named, (one) => one[by]!)].map(([name, members]) => {
      const mean = (of: (member: StrategyOutcome) => number): number => meanOf(members.map(of));
      return {
        name,
        auditId: audit.id,
        setting,
        win: members.reduce((sum, { win }) => sum + win, 0),
        chance: members.length / strategies.length,
        rankShare: mean(({ rank }) => rank) / strategies.length,
        regret: mean(({ regret }) => regret),
        lost: members.filter(({ isLost }) => isLost).length,
      };
    });
  });
}

/** By mean regret, best first; equal ones by name. */
export function strategyEvidence(
  standings: readonly Standing[],
  options: EvidenceOptions,
): StrategyEvidence[] {
  const rows = [...Map.groupBy(standings, ({ name }) => name)].map(([name, own]): StrategyEvidence => {
    const estimate = (of: (standing: Standing) => number) => estimateOf(own.map(of), options);
    return {
      name,
      audits: own.length,
      settings: countSettings(own),
      winRate: estimate(({ win }) => win),
      chance: meanOf(own.map(({ chance }) => chance)),
      rankShare: estimate(({ rankShare }) => rankShare),
      regret: estimate(({ regret }) => regret),
      lost: own.reduce((sum, { lost }) => sum + lost, 0),
    };
  });
  return rows.toSorted((a, b) => a.regret.mean - b.regret.mean || (a.name < b.name ? -1 : 1));
}
