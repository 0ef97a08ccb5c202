/** The pools that come with the program, and what their strategies would do between two depths. */

import { MAX_LAYERS } from '../contract/architecture.ts';
import { EspalierError } from '../contract/errors.ts';
import { planPool } from '../growth/pool.ts';
import { OPERATORS } from '../growth/registry.ts';
import { findPool, presetPools } from './resource-files.ts';

export interface PoolSummary {
  readonly name: string;
  readonly description: string;
  readonly strategies: number;
  readonly controls: number;
}

export function listPools(): PoolSummary[] {
  return [...presetPools().values()].map(({ name, description, strategies, controls }) => ({
    name,
    description,
    strategies: strategies.length,
    controls: controls.length,
  }));
}

export interface PoolView {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly candidates: readonly {
    readonly strategy: string;
    readonly operator: string;
    readonly isControl: boolean;
    /** Layer plan in shorthand, one word a layer. */
    readonly plan: string;
    readonly exactness: string;
  }[];
  readonly duplicates: readonly { readonly strategy: string; readonly sameAs: string }[];
  readonly refusals: readonly { readonly strategy: string; readonly message: string }[];
}

/**
 * Plans every strategy of a pool between two depths.
 * @throws EspalierError `bad-input` for an unknown pool or a target that is not deeper
 */
export function viewPool(name: string, from: number, to: number): PoolView {
  if (to <= from || to > MAX_LAYERS)
    throw new EspalierError(
      'bad-input',
      `--to is ${to}; it must be more than --from, which is ${from}, and at most ${MAX_LAYERS}`,
      { problems: [{ at: '--to', message: `is ${to}; must be more than ${from}` }] },
    );
  const { candidates, duplicates, refusals } = planPool(findPool(name), from, to);
  return {
    name,
    from,
    to,
    candidates: candidates.map(({ strategy, isControl, planText, exactness }) => ({
      strategy: strategy.name,
      operator: OPERATORS[strategy.operator].label,
      isControl,
      plan: planText,
      exactness,
    })),
    duplicates,
    refusals: refusals.map(({ strategy, message }) => ({ strategy, message })),
  };
}
