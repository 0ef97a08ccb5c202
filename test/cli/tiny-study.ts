/** A study of seconds: its parts by field, so that a test can replace one. */

const PARTS = {
  name: 'tiny',
  mode: 'audit',
  data: '{ corpus: { synthetic: copy, examples: 500, length: 5, symbols: 4 }, tokenizer: { kind: byte } }',
  model: '{ width: 16, heads: 2, context: 16 }',
  source: '{ layers: 1, steps: 20, recipe: { warmupSteps: 2 } }',
  target: '{ layers: 2 }',
  pool: '{ name: three, strategies: [stack, randTop, dead] }',
  recipe: '{ batchSize: 4, warmupSteps: 2 }',
  horizon: '20',
  decision: '{ rule: cooldown, lag: 10 }',
  evaluation: '{ batches: 4, batchSize: 4, every: 5, early: [2] }',
} as const;

export type StudyParts = Partial<
  Record<keyof typeof PARTS | 'seed' | 'repeats' | 'compute' | 'extra', string>
>;

/** YAML of the study with some fields replaced; `extra` is appended as it is. */
export function tinyStudy({ extra = '', ...changes }: StudyParts = {}): string {
  const lines = Object.entries({ ...PARTS, ...changes }).map(([key, value]) => `${key}: ${value}`);
  return `${lines.join('\n')}\n${extra}\n`;
}
