/** How every strategy of an audit ended, in a form that can be compared across audits. */
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import { averageRanks, TIE_TOLERANCE } from '../rank-statistics.ts';
import { finalCurves, finalValueOf } from '../replay/final-values.ts';

export interface StrategyOutcome {
  readonly strategy: string;
  /** Null where not known. */
  readonly family: string | null;
  /** Final value minus the best, less being better; that of the worst for a run without a final value. */
  readonly regret: number;
  /** 1 for the best; ties averaged, runs without a final value share the last places. */
  readonly rank: number;
  /** Share of the first place: 1/m for each of m tied, else 0. */
  readonly win: number;
  readonly isLost: boolean;
}

export interface AuditOutcome {
  readonly audit: RecordedAudit;
  /** Equal for audits that differ in their seed only. */
  readonly setting: string;
  readonly strategies: readonly StrategyOutcome[];
}

/** The audit must hold the metric and at least one final value of it (filterAudits makes sure of both). */
export function outcomeOf(audit: RecordedAudit, metric: string): AuditOutcome {
  const curves = finalCurves(audit);
  const sign = (audit.metrics.find(({ name }) => name === metric)?.lowerIsBetter ?? true) ? 1 : -1;
  const finals = curves.map((curve) => {
    const value = finalValueOf(curve, metric, audit.horizon);
    return value === null ? Number.POSITIVE_INFINITY : sign * value;
  });
  const known = finals.filter(Number.isFinite);
  const [best, worst] = [Math.min(...known), Math.max(...known)];
  const ranks = averageRanks(finals, TIE_TOLERANCE);
  const first = Math.min(...ranks);
  const winners = ranks.filter((rank) => rank === first).length;
  return {
    audit,
    setting: settingOf(audit),
    strategies: curves.map(({ strategy }, index) => {
      const isLost = !Number.isFinite(finals[index]!);
      const family = audit.facts.families[strategy] ?? 'unknown';
      return {
        strategy,
        family: family === 'unknown' ? null : family,
        regret: (isLost ? worst : finals[index]!) - best,
        rank: ranks[index]!,
        win: ranks[index] === first ? 1 / winners : 0,
        isLost,
      };
    }),
  };
}

/** All that was chosen for an audit but its seed, as far as it is recorded. */
function settingOf({ facts, horizon, name, curves }: RecordedAudit): string {
  const { sourceLayers, targetLayers, width, activation, corpus } = facts;
  const strategies = [...new Set(curves.map(({ strategy }) => strategy))].sort();
  const isKnown = [sourceLayers, targetLayers, width, activation, corpus].some((fact) => fact !== null);
  // Imported audits often know nothing of themselves; their name then tells settings apart.
  return JSON.stringify([
    sourceLayers,
    targetLayers,
    width,
    activation,
    corpus,
    horizon,
    strategies,
    isKnown ? null : name,
  ]);
}

export const countSettings = (outcomes: readonly { readonly setting: string }[]): number =>
  new Set(outcomes.map(({ setting }) => setting)).size;
