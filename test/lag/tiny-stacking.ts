/** A stacking study of seconds: 1 → 2 → 4 layers of width 16. */
import type { StackingSpec, StackingSpecInput } from '../../src-main/contract/stacking.ts';
import { stackingSpecSchema } from '../../src-main/contract/stacking.ts';
import { TINY_POOL } from './tiny-study.ts';

export function tinyStacking(changes: Partial<StackingSpecInput> = {}): StackingSpec {
  return stackingSpecSchema.parse({
    name: 'tiny stacking',
    mode: 'stacking',
    seed: 3,
    data: {
      corpus: { synthetic: 'copy', examples: 300, length: 6, symbols: 5 },
      tokenizer: { kind: 'character' },
    },
    model: { width: 16, heads: 2, context: 16 },
    stages: [
      { layers: 1, steps: 16 },
      { layers: 2, steps: 16 },
      { layers: 4, steps: 48 },
    ],
    pool: TINY_POOL,
    policies: [
      { policy: 'lag', search: 'both' },
      { policy: 'fixed', strategy: 'stack' },
      { policy: 'random' },
      { policy: 'once', at: 0.5, strategy: 'stack' },
      { policy: 'scratch' },
    ],
    recipe: { batchSize: 4, warmupSteps: 2 },
    decision: { rule: 'cooldown', lag: 4, resamples: 100 },
    evaluation: { batches: 4, batchSize: 4, early: [2, 4], every: 8 },
    keepCheckpoints: 'all',
    compute: { trainers: 2, checkpointSeconds: 0 },
    ...changes,
  });
}
