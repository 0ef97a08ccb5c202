/** Two layer plans side by side. */
import type { PlanEntry } from '../../src-main/contract/layer-plan.ts';
import { wordOf } from './layer-operators.ts';

export interface ComparedLayer {
  readonly index: number;
  /** Words of the shorthand; null where the plan is shorter. */
  readonly first: string | null;
  readonly second: string | null;
  readonly isEqual: boolean;
}

export interface PlanComparison {
  readonly layers: readonly ComparedLayer[];
  readonly different: number;
}

/** Layer by layer from the input; a missing layer differs from any. */
export function comparePlans(first: readonly PlanEntry[], second: readonly PlanEntry[]): PlanComparison {
  const length = Math.max(first.length, second.length);
  const word = (layers: readonly PlanEntry[], index: number): string | null => {
    const entry = layers[index];
    return entry ? wordOf(entry) : null;
  };
  const layers = Array.from({ length }, (_, index) => {
    const pair = { first: word(first, index), second: word(second, index) };
    return { index, ...pair, isEqual: pair.first === pair.second };
  });
  return { layers, different: layers.filter(({ isEqual }) => !isEqual).length };
}
