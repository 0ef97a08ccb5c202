/** Several studies side by side: settings that differ, ranks of the strategies they share, and how far these agree. */
import type { StudyAnalysis } from '../../contract/analysis.ts';
import type {
  ComparedStrategy,
  ComparedStudy,
  SettingDifference,
  StudyComparison,
} from '../../contract/window/studies.ts';
import { ranksOfPresent, spearman } from '../../lag/rank-statistics.ts';
import { assignLooks } from '../../report/theme.ts';
import type { AnyAnalysis } from '../study-kinds.ts';
import { summaryOf } from './study-summary.ts';

export interface StudyToCompare {
  readonly analysis: AnyAnalysis;
  /** The study file after defaults. */
  readonly spec: unknown;
}

/** Settings that say nothing about the result. */
const UNIMPORTANT = /^(name|description|compute\b)/;

/** A strategy, or a policy of a stacking study, with what it is ranked by. */
interface Entry {
  readonly strategy: string;
  readonly plan: string;
  readonly sourceLayers: number;
  readonly isControl: boolean;
  readonly final: number | null;
  readonly atLag: number | null;
}

export function compareStudies(studies: readonly StudyToCompare[]): StudyComparison {
  const settings = studies.map(({ spec }) => flatten(spec));
  const paths = [...new Set(settings.flatMap((one) => [...one.keys()]))].filter(
    (path) => !UNIMPORTANT.test(path),
  );
  const rows = paths.map(
    (path): SettingDifference => ({
      path,
      values: settings.map((one) => one.get(path) ?? null),
    }),
  );
  const differing = rows.filter(({ values }) => values.some((value) => value !== values[0]));
  const pools = studies.map(({ analysis }) => entriesOf(analysis));
  const rankedBy = pools.every((pool) => pool.some(({ isControl, final }) => !isControl && final !== null))
    ? 'final'
    : 'lag';
  const losses = pools.map(
    (pool) =>
      new Map(pool.map((entry) => [entry.strategy, rankedBy === 'final' ? entry.final : entry.atLag])),
  );
  const ranks = pools.map((pool, index) => ranksOf(pool, losses[index]!));
  const byName = new Map(pools.toReversed().flatMap((pool) => pool.map((entry) => [entry.strategy, entry])));
  const looks = looksOf(studies);
  const strategies = [...byName.values()]
    .map(
      ({ strategy, plan, sourceLayers, isControl }): ComparedStrategy => ({
        strategy,
        plan,
        sourceLayers,
        look: looks.get(strategy) ?? null,
        isControl,
        ranks: ranks.map((one) => one.get(strategy) ?? null),
        losses: losses.map((one) => one.get(strategy) ?? null),
      }),
    )
    .toSorted((a, b) => Number(a.isControl) - Number(b.isControl) || meanRank(a) - meanRank(b));
  return {
    studies: studies.map(({ analysis }) => comparedStudy(analysis)),
    differing,
    equalCount: rows.length - differing.length,
    rankedBy,
    strategies,
    agreement: pairs(studies.length).map(([a, b]) => {
      const shared = strategies.filter(
        (entry) => !entry.isControl && entry.losses[a] != null && entry.losses[b] != null,
      );
      const side = (index: number): number[] =>
        ranksOfPresent(shared.map((entry) => entry.losses[index] ?? null)).map((rank) => rank!);
      return { a, b, count: shared.length, spearman: spearman(side(a), side(b)) };
    }),
  };
}

function comparedStudy(analysis: AnyAnalysis): ComparedStudy {
  const { chosen, rho, regret, bestFinal } = summaryOf(analysis);
  const { id, name, seed, state } = analysis;
  const ruleInWords =
    analysis.mode === 'stacking'
      ? analysis.rule
      : analysis.decision && `${analysis.decision.rule} ${analysis.decision.lag}`;
  return { id, name, seed, state, chosen, ruleInWords, rho, regret, bestFinal };
}

function entriesOf(analysis: AnyAnalysis): Entry[] {
  if (analysis.mode === 'stacking')
    return analysis.policies.map(({ name, policy, finalLoss }) => ({
      strategy: name,
      plan: '',
      sourceLayers: analysis.stages[0]?.layers ?? 1,
      isControl: policy === 'scratch',
      final: finalLoss,
      atLag: null,
    }));
  return analysis.candidates.map(({ strategy, plan, isControl, finalLoss, lossAtLag }) => ({
    strategy,
    plan,
    sourceLayers: analysis.source.architecture.layers,
    isControl,
    final: finalLoss,
    atLag: lossAtLag,
  }));
}

function ranksOf(
  pool: readonly Entry[],
  losses: ReadonlyMap<string, number | null>,
): Map<string, number | null> {
  const ranked = pool.filter(({ isControl }) => !isControl);
  const ranks = ranksOfPresent(ranked.map(({ strategy }) => losses.get(strategy) ?? null));
  return new Map(ranked.map(({ strategy }, index) => [strategy, ranks[index] ?? null]));
}

/** Looks as in the first study that has the strategy. */
function looksOf(studies: readonly StudyToCompare[]) {
  const growing = studies
    .map(({ analysis }) => analysis)
    .filter((analysis): analysis is StudyAnalysis => analysis.mode !== 'stacking');
  return new Map(growing.toReversed().flatMap(({ candidates }) => [...assignLooks(candidates)]));
}

function meanRank({ ranks }: ComparedStrategy): number {
  const present = ranks.filter((rank) => rank !== null);
  return present.length === 0
    ? Number.MAX_VALUE
    : present.reduce((sum, rank) => sum + rank, 0) / present.length;
}

function pairs(count: number): [number, number][] {
  return Array.from({ length: count }, (_, a) =>
    Array.from({ length: count - a - 1 }, (__, more): [number, number] => [a, a + more + 1]),
  ).flat();
}

/** Every setting by its path: `recipe.learningRate` → `0.002`; lists of plain values stay together. */
export function flatten(value: unknown, path = ''): Map<string, string> {
  const isPlain = (entry: unknown): boolean => entry === null || typeof entry !== 'object';
  if (isPlain(value)) return new Map(path === '' ? [] : [[path, String(value)]]);
  if (Array.isArray(value) && value.every(isPlain)) return new Map([[path, value.map(String).join(', ')]]);
  return new Map(
    Object.entries(value as object).flatMap(([key, entry]) => [
      ...flatten(entry, path === '' ? key : `${path}.${key}`),
    ]),
  );
}
