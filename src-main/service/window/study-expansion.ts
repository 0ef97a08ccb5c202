/** The candidates of one study for an opened row of the list, best first where that is known. */
import type { StudyAnalysis } from '../../contract/analysis.ts';
import type { RecordedAudit } from '../../contract/recorded-audit.ts';
import type { StackingAnalysis } from '../../contract/stacking-analysis.ts';
import type { ExpandedCandidate, ExpandedStudy } from '../../contract/window/studies.ts';
import { averageRanks, TIE_TOLERANCE } from '../../lag/rank-statistics.ts';
import { grownBy, policyLooks } from '../../report/stacking-looks.ts';
import { assignLooks } from '../../report/theme.ts';
import type { AnyAnalysis } from '../study-kinds.ts';
import { importedFinals } from './study-summary.ts';

export function expansionOf(analysis: AnyAnalysis): ExpandedStudy {
  return analysis.mode === 'stacking' ? ofStacking(analysis) : ofGrowth(analysis);
}

function ofGrowth({ id, candidates, source }: StudyAnalysis): ExpandedStudy {
  const looks = assignLooks(candidates);
  const ranked = candidates.filter(({ isControl }) => !isControl);
  const order = ranked.every(({ finalLoss, state }) => finalLoss !== null || isLost(state))
    ? 'final'
    : ranked.some(({ rankAtLag }) => rankAtLag !== null)
      ? 'lag'
      : 'pool';
  const best = least(ranked.map(({ finalLoss }) => finalLoss));
  const measure = (candidate: (typeof candidates)[number]): number | null =>
    order === 'final' ? candidate.finalLoss : order === 'lag' ? candidate.lossAtLag : null;
  return {
    id,
    order,
    lines: 'candidates',
    candidates: sorted(candidates, measure).map(
      (candidate): ExpandedCandidate => ({
        strategy: candidate.strategy,
        plan: candidate.plan,
        sourceLayers: source.architecture.layers,
        look: looks.get(candidate.strategy) ?? null,
        isControl: candidate.isControl,
        isChosen: candidate.isChosen,
        isTied: candidate.isTied,
        state: candidate.state,
        reason: candidate.reason,
        initialLoss: candidate.initialLoss,
        lossAtLag: candidate.lossAtLag,
        finalLoss: candidate.finalLoss,
        regret: behind(candidate.finalLoss, candidate.isControl ? null : best),
        rank: order === 'final' ? candidate.rankFinal : order === 'lag' ? candidate.rankAtLag : null,
      }),
    ),
  };
}

function ofStacking({ id, policies, stages }: StackingAnalysis): ExpandedStudy {
  const looks = policyLooks(policies);
  const best = least(policies.map(({ finalLoss }) => finalLoss));
  return {
    id,
    order: best === null ? 'pool' : 'final',
    lines: 'policies',
    candidates: sorted(
      policies.map((policy) => ({ ...policy, isControl: false })),
      ({ finalLoss }) => finalLoss,
    ).map(
      (policy): ExpandedCandidate => ({
        strategy: policy.name,
        plan: grownBy(policy),
        sourceLayers: stages[0]?.layers ?? 1,
        look: looks.get(policy.name) ?? null,
        isControl: policy.policy === 'scratch',
        isChosen: false,
        isTied: policy.margin !== null && policy.margin.low <= 0,
        state: policy.state,
        reason: policy.reason,
        initialLoss: null,
        lossAtLag: null,
        finalLoss: policy.finalLoss,
        regret: behind(policy.finalLoss, best),
        rank: policy.rank,
      }),
    ),
  };
}

export function expansionOfImported({ id, ...audit }: RecordedAudit): ExpandedStudy {
  const all = importedFinals({ id, ...audit });
  const ranked = all.filter(({ isControl, finalLoss }) => !isControl && finalLoss !== null);
  const ranks = averageRanks(
    ranked.map(({ finalLoss }) => finalLoss!),
    TIE_TOLERANCE,
  );
  const best = least(ranked.map(({ finalLoss }) => finalLoss));
  return {
    id,
    order: best === null ? 'pool' : 'final',
    lines: 'candidates',
    candidates: sorted(all, ({ finalLoss }) => finalLoss).map(
      (curve): ExpandedCandidate => ({
        strategy: curve.strategy,
        plan: '',
        sourceLayers: audit.facts.sourceLayers ?? 1,
        look: null,
        isControl: curve.isControl,
        isChosen: false,
        isTied: false,
        state: curve.isDiverged ? 'diverged' : 'finished',
        reason: null,
        initialLoss: curve.initialLoss,
        lossAtLag: null,
        finalLoss: curve.finalLoss,
        regret: behind(curve.finalLoss, curve.isControl ? null : best),
        rank: ranks[ranked.indexOf(curve)] ?? null,
      }),
    ),
  };
}

/** By value, those without one behind; controls last. The order of the pool among equals. */
function sorted<Entry extends { readonly isControl: boolean }>(
  entries: readonly Entry[],
  measure: (entry: Entry) => number | null,
): Entry[] {
  const key = (entry: Entry): number => measure(entry) ?? Number.MAX_VALUE;
  return entries.toSorted((a, b) => Number(a.isControl) - Number(b.isControl) || key(a) - key(b));
}

const isLost = (state: string): boolean => state === 'diverged' || state === 'failed';

const behind = (value: number | null, best: number | null): number | null =>
  value === null || best === null ? null : value - best;

function least(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : present.reduce((a, b) => Math.min(a, b));
}
