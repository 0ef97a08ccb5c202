/** Study files of the journeys, small enough to train in seconds. */

/** A draft of the Designer: four layers to eight by three strategies. */
export const DESIGNED = `# Made for the designer
name: design
mode: select
seed: 1
data: { corpus: { synthetic: copy, examples: 300, length: 6, symbols: 5 }, tokenizer: { kind: character } }
model: { width: 16, heads: 2, context: 16 }
source: { layers: 4, steps: 200, recipe: { batchSize: 4, warmupSteps: 4 } }
target: { layers: 8 }
pool:
  name: mine
  strategies: [stack, idCopyTop, dead]
recipe: { batchSize: 4, warmupSteps: 4 }
horizon: 400
decision: { rule: cooldown, lag: 100 }
evaluation: { batches: 4, batchSize: 4 }
`;

/** An audit of five strategies, two layers to four. */
export const auditNamed = (name: string): string => `name: ${name}
mode: audit
seed: 1
data: { corpus: { synthetic: copy, examples: 300, length: 6, symbols: 5 }, tokenizer: { kind: character } }
model: { width: 16, heads: 2, context: 16 }
source: { layers: 2, steps: 120, recipe: { batchSize: 4, warmupSteps: 4 } }
target: { layers: 4 }
pool:
  name: mine
  strategies: [stack, interleave, idCopyTop, randTop, dead]
recipe: { batchSize: 4, warmupSteps: 4 }
horizon: 160
decision: { rule: lossAtLag, lag: 40, resamples: 200 }
evaluation: { batches: 4, batchSize: 4, early: [5, 10, 20, 40], every: 20 }
`;
