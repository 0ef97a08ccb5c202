/** What the decision panel says of the ranking at the lag: verdict, margin, noise, agreement, hindsight. */
import type { RankAgreement } from '../../src-main/contract/analysis.ts';
import type { DynamicsFindings, ScheduleKind, StepRanking } from '../../src-main/contract/window/dynamics.ts';
import { DYNAMICS_WORDS as words } from '../words/dynamics.ts';

export interface Verdict {
  readonly tone: 'ok' | 'warn' | 'plain';
  readonly text: string;
}

/** Null before a ranking exists. */
export function verdictAt(ranking: StepRanking | null): Verdict | null {
  if (!ranking) return null;
  const alive = ranking.ranks.filter(({ value }) => value !== null);
  const tied = alive.filter(({ isTied }) => isTied).length;
  if (alive.length < 2) return { tone: 'plain', text: words.onlyOne };
  return tied > 1 ? { tone: 'warn', text: words.tieBadge(tied) } : { tone: 'ok', text: words.winBadge };
}

/** How far the first is ahead of the second, in words: below what three decimals show it says so. */
export function aheadInWords(ranking: StepRanking): string {
  const [first, second] = ranking.ranks.filter(({ value }) => value !== null);
  if (!first) return '';
  const value = first.value!.toFixed(3);
  if (!second) return words.alone(value);
  const ahead = second.value! - first.value!;
  return words.ahead(value, ahead < 0.001 ? 'less than 0.001' : ahead.toFixed(3), second.strategy);
}

/** Agreement of the measurement at the lag with the end; null outside finished audits and between evaluations. */
export function agreementAt(
  findings: DynamicsFindings | null,
  schedule: ScheduleKind,
  lag: number,
): RankAgreement | null {
  const names =
    schedule === 'cooldown'
      ? ['cooldown probe', 'rule cooldown']
      : lag === 0
        ? ['initial loss']
        : ['loss at k'];
  return findings?.agreement.find(({ predictor, step }) => names.includes(predictor) && step === lag) ?? null;
}

export const initialAgreement = (findings: DynamicsFindings | null): RankAgreement | null =>
  findings?.agreement.find(({ predictor }) => predictor === 'initial loss') ?? null;

export interface Hindsight {
  readonly best: string;
  readonly bestLoss: number;
  readonly leaderLoss: number;
  readonly regret: number;
}

/** What the leader lost against the best at the end; null where not all final losses are known. */
export function hindsightOf(
  findings: DynamicsFindings | null,
  ranked: readonly string[],
  leader: string | null,
): Hindsight | null {
  const finals = findings?.finals.filter(({ strategy }) => ranked.includes(strategy)) ?? [];
  const known = finals.flatMap(({ strategy, loss }) => (loss === null ? [] : [{ strategy, loss }]));
  const own = known.find(({ strategy }) => strategy === leader);
  if (!own || known.length < 2) return null;
  const best = known.reduce((a, b) => (b.loss < a.loss ? b : a));
  return { best: best.strategy, bestLoss: best.loss, leaderLoss: own.loss, regret: own.loss - best.loss };
}

/** Next lag to look at when a tie is extended: twice as far, at most the horizon; null where it ends. */
export function extendedLag(lag: number, horizon: number | null): number | null {
  const wanted = Math.max(lag * 2, lag + 1);
  const most = horizon ?? wanted;
  return lag >= most ? null : Math.min(wanted, most);
}

/** Losses nearer than this are equal, as ranks take them. */
const TIE_TOLERANCE = 1e-4;

/** The same before ranks exist, among those measured so far. */
export function startTieSoFar(
  initial: readonly (number | null)[],
): { readonly count: number; readonly loss: number } | null {
  const measured = initial.filter((value) => value !== null);
  if (measured.length === 0) return null;
  const loss = measured.reduce((a, b) => Math.min(a, b));
  const count = measured.filter((value) => value - loss <= TIE_TOLERANCE).length;
  return count < 2 ? null : { count, loss };
}

/** Strategies of equal value at step 0: more than one cannot be told apart by initial loss. */
export function startTie(
  start: StepRanking | null,
): { readonly count: number; readonly loss: number } | null {
  const first = start?.ranks[0];
  if (!first || first.rank === null || first.value === null) return null;
  const count = start.ranks.filter(({ rank }) => rank === first.rank).length;
  return count < 2 ? null : { count, loss: first.value };
}
