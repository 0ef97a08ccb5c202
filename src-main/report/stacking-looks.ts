/** Order, look and short facts of the policies of a stacking study, shared by charts, tables and text. */
import type {
  GrowingPointAnalysis,
  PolicyAnalysis,
  StackingAnalysis,
} from '../contract/stacking-analysis.ts';
import type { Look, Marker, Token } from './theme.ts';

const KINDS: Readonly<Record<PolicyAnalysis['policy'], { marker: Marker; slots: readonly Token[] }>> = {
  lag: { marker: 'circle', slots: ['c1', 'c2', 'c3'] },
  fixed: { marker: 'square', slots: ['c4', 'c5'] },
  random: { marker: 'triangle', slots: ['c8', 'c6', 'c7'] },
  once: { marker: 'diamond', slots: ['c9', 'c10'] },
  scratch: { marker: 'cross', slots: ['c-ctl'] },
};
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2.5]];

/**
 * Looks by policy name: hue and marker say the kind of policy, lightness and dash the member. They follow the order
 * of the study file, never the result.
 */
export function policyLooks(policies: readonly Pick<PolicyAnalysis, 'name' | 'policy'>[]): Map<string, Look> {
  const members = new Map<PolicyAnalysis['policy'], number>();
  return new Map(
    policies.map(({ name, policy }): [string, Look] => {
      const member = members.get(policy) ?? 0;
      members.set(policy, member + 1);
      const { marker, slots } = KINDS[policy];
      const place = member % slots.length;
      const dash = DASHES[(place + Math.floor(member / slots.length)) % DASHES.length]!;
      return [name, { token: slots[place]!, dash, marker }];
    }),
  );
}

/** By final loss, the lowest first; policies without one behind, in the order of the study file. */
export function inFinalOrder(policies: readonly PolicyAnalysis[]): PolicyAnalysis[] {
  return policies.toSorted(
    (a, b) => (a.finalLoss ?? Number.POSITIVE_INFINITY) - (b.finalLoss ?? Number.POSITIVE_INFINITY) || 0,
  );
}

/** Strategies of the growing points in order: `idRandTop → stack`; `…` where none is chosen yet. */
export function grownBy({ policy, growingPoints }: PolicyAnalysis): string {
  if (growingPoints.length === 0) return policy === 'scratch' ? 'from scratch' : '';
  return growingPoints.map(({ strategy }) => strategy ?? '…').join(' → ');
}

/** A growing point at which policies probed or decided alike: endings of one policy share theirs. */
export interface SharedGrowingPoint {
  readonly policies: readonly PolicyAnalysis[];
  readonly point: GrowingPointAnalysis;
}

/** Growing points with probes or a decision, those that several policies share once. */
export function choosingPoints({ policies }: StackingAnalysis): SharedGrowingPoint[] {
  const entries = policies.flatMap((policy) =>
    policy.growingPoints
      .filter(({ decision, probes }) => decision !== null || probes.length > 0)
      .map((point) => ({ policy, point })),
  );
  return [...Map.groupBy(entries, ({ point }) => JSON.stringify(point)).values()].map((group) => ({
    policies: group.map(({ policy }) => policy),
    point: group[0]!.point,
  }));
}

/** What became of a policy that has no final loss, in a word or two. */
export function stateInWords({ state, finalLoss }: PolicyAnalysis, study: StackingAnalysis['state']): string {
  if (finalLoss !== null) return '';
  if (state === 'running' || state === 'waiting') {
    const isUnderWay = study === 'running' || study === 'planned';
    return isUnderWay ? (state === 'running' ? 'running' : 'not begun') : 'not finished';
  }
  return state;
}
