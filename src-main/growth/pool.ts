/** Resolving and planning a pool: everything that can be said about it before anything is trained. */
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { Pool, PoolMember } from '../contract/pool.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import type { CompiledStrategy } from './compile-strategy.ts';
import { compileStrategy } from './compile-strategy.ts';

/** A pool whose preset names have been replaced by the strategies they stand for. */
export interface ResolvedPool {
  readonly name: string;
  readonly strategies: readonly GrowingStrategy[];
  readonly controls: readonly GrowingStrategy[];
}

export interface PlannedStrategy extends CompiledStrategy {
  readonly isControl: boolean;
}

export interface PoolPlan {
  /** Strategies that can apply, each growing a different model; strategies in pool order, then controls. */
  readonly candidates: readonly PlannedStrategy[];
  /** Strategies left out because an earlier one grows the same model. */
  readonly duplicates: readonly { readonly strategy: string; readonly sameAs: string }[];
  /** Strategies that cannot connect these depths, with what would have to be different. */
  readonly refusals: readonly {
    readonly strategy: string;
    readonly message: string;
    readonly hint: string | undefined;
  }[];
}

/**
 * Replaces preset names by strategies.
 * @throws EspalierError `bad-input` naming every unknown preset, with the known ones in the hint
 */
export function resolvePool(pool: Pool, presets: ReadonlyMap<string, GrowingStrategy>): ResolvedPool {
  const unknown: { at: string; message: string }[] = [];
  const resolve = (list: 'strategies' | 'controls'): GrowingStrategy[] =>
    pool[list].flatMap((member: PoolMember, index) => {
      if (typeof member !== 'string') return [member];
      const preset = presets.get(member);
      if (preset !== undefined) return [preset];
      unknown.push({ at: `${list}[${index}]`, message: `no preset strategy is named ${member}` });
      return [];
    });
  const resolved = { name: pool.name, strategies: resolve('strategies'), controls: resolve('controls') };
  if (unknown.length > 0)
    throw new EspalierError(
      'bad-input',
      `The pool ${pool.name} names strategies that do not exist: ${unknown.map((problem) => problem.message).join('; ')}`,
      { hint: `Known presets: ${[...presets.keys()].sort().join(', ')}.`, problems: unknown },
    );
  return resolved;
}

/**
 * Plans every strategy of a pool for one growth. A strategy that cannot apply is reported and does not stop the
 * others; one that grows the same model as an earlier one would waste a probe and is left out, saying so.
 */
export function planPool(pool: ResolvedPool, sourceLayers: number, targetLayers: number): PoolPlan {
  const candidates = new Map<string, PlannedStrategy>();
  const duplicates: { strategy: string; sameAs: string }[] = [];
  const refusals: { strategy: string; message: string; hint: string | undefined }[] = [];
  const members = [
    ...pool.strategies.map((strategy) => ({ strategy, isControl: false })),
    ...pool.controls.map((strategy) => ({ strategy, isControl: true })),
  ];
  for (const { strategy, isControl } of members) {
    try {
      const compiled = compileStrategy(strategy, sourceLayers, targetLayers);
      const earlier = candidates.get(compiled.key);
      if (earlier) duplicates.push({ strategy: strategy.name, sameAs: earlier.strategy.name });
      else candidates.set(compiled.key, { ...compiled, isControl });
    } catch (error) {
      if (!(error instanceof EspalierError)) throw error;
      refusals.push({ strategy: strategy.name, message: messageOf(error), hint: error.hint });
    }
  }
  return { candidates: [...candidates.values()], duplicates, refusals };
}
