/** A growing strategy compiled for two depths: its layer plan, in words and as a key, before any weight is read. */
import type { Exactness, LayerPlan } from '../contract/layer-plan.ts';
import type { GrowingStrategy, OperatorKind, StrategyOf } from '../contract/strategy.ts';
import { checkPlan } from './plan-check.ts';
import { refusal } from './plan-error.ts';
import { withRepeats } from './plan-generators.ts';
import { exactnessOf, planKey } from './plan-normal-form.ts';
import { printPlan } from './plan-shorthand.ts';
import { OPERATORS } from './registry.ts';

export interface CompiledStrategy {
  readonly strategy: GrowingStrategy;
  readonly sourceLayers: number;
  readonly targetLayers: number;
  /** Null for `scratch`, which takes nothing from the source. */
  readonly plan: LayerPlan | null;
  /** The plan in shorthand; `embOnly` and `scratch` for these controls. */
  readonly planText: string;
  readonly exactness: Exactness;
  /** Equal for two strategies exactly when they grow the same model, Adam moments included. */
  readonly key: string;
}

/**
 * Compiles a strategy for a growth from `sourceLayers` to `targetLayers`.
 * @throws EspalierError `refused` when the operator cannot connect these depths, `bad-input` for a plan that is
 *   wrong in itself
 */
export function compileStrategy(
  strategy: GrowingStrategy,
  sourceLayers: number,
  targetLayers: number,
): CompiledStrategy {
  const generated = generate(strategy, sourceLayers, targetLayers);
  const base = { strategy, sourceLayers, targetLayers };
  if (generated === null)
    return { ...base, plan: null, planText: 'scratch', exactness: 'none', key: 'scratch' };
  const noise = 'noise' in strategy ? strategy.noise : 0;
  const plan = noise === 0 ? generated : withNoise(generated, noise, strategy.operator);
  checkPlan(plan, sourceLayers, targetLayers);
  const moments = 'moments' in strategy ? strategy.moments : 'reset';
  return {
    ...base,
    plan,
    planText: strategy.operator === 'embOnly' ? 'embOnly' : printPlan(plan),
    exactness: exactnessOf(plan),
    key: `${moments} ${planKey(plan)}`,
  };
}

/** Calls the generator of the strategy's own kind; the table pairs kinds and knobs, which a lookup forgets. */
function generate<Kind extends OperatorKind>(
  strategy: StrategyOf<Kind>,
  sourceLayers: number,
  targetLayers: number,
): LayerPlan | null {
  const { generate: run } = OPERATORS[strategy.operator as Kind];
  return run(sourceLayers, targetLayers, strategy);
}

function withNoise(plan: LayerPlan, noise: number, operator: OperatorKind): LayerPlan {
  let repeats = 0;
  const noisy = withRepeats(plan, (entry) => {
    repeats++;
    return { ...entry, noise };
  });
  if (repeats === 0)
    throw refusal(
      'E_RANGE',
      `${operator}: noise ${noise} needs a layer that is copied more than once; from ${plan.sourceLayers} to ${plan.layers.length} layers there is none, so noise must be 0`,
      'Set noise to 0, or choose a deeper target.',
    );
  return noisy;
}
