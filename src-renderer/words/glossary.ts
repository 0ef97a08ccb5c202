/** What the words of the window mean, each in one or two sentences; shown beside the word and as a list. */
export const GLOSSARY = {
  strategy: {
    word: 'Growing strategy',
    text: 'A way to make a larger model out of a small trained one: for every layer of the larger model it says which source layer it copies, scales or replaces.',
  },
  pool: {
    word: 'Pool',
    text: 'The strategies that a study compares. It needs at least two, so that there is something to choose.',
  },
  candidate: {
    word: 'Candidate',
    text: 'One strategy of the pool, carried out on the source model and trained: the same data and steps for each.',
  },
  probe: {
    word: 'Probe',
    text: 'The short training of a candidate right after growing, k steps long. What it costs is the price of choosing early.',
  },
  lag: {
    word: 'Lag k',
    text: 'How many training steps after growing the candidates are compared. At k = 0 the initial loss decides, which misleads; a short lag is a better guide to the end.',
  },
  initialLoss: {
    word: 'Initial loss',
    text: 'Validation loss right after growing, before any training step. Strategies that keep the source’s function all have the same.',
  },
  growingPoint: {
    word: 'Growing point',
    text: 'The moment at which a model is grown and the candidates part. A stacking study has several.',
  },
  margin: {
    word: 'Margin',
    text: 'How much more loss a candidate has than the best at the same k, in nats. Its interval comes from the same validation batches for both.',
  },
  tie: {
    word: 'Tie',
    text: 'Candidates whose difference to the leader is within noise: the numbers do not say which is better. A longer lag or more seeds can.',
  },
  regret: {
    word: 'Regret',
    text: 'Final loss of the chosen strategy minus the final loss of the best one. Known only in an audit, which trains every candidate to the end.',
  },
  correlation: {
    word: 'Rank correlation ρ',
    text: 'How well the order at lag k agrees with the order at the end: 1 is the same order, 0 no relation, −1 the reverse.',
  },
  audit: {
    word: 'Audit',
    text: 'A study that trains every candidate to the end, to see how well each lag would have chosen.',
  },
  stacking: {
    word: 'Stacking',
    text: 'Training in stages with a growing point between them, set against other policies at the same compute.',
  },
  control: {
    word: 'Control',
    text: 'The target model trained from scratch, without a source: what growing has to beat.',
  },
} as const;

export type Term = keyof typeof GLOSSARY;

export const GLOSSARY_WORDS = {
  title: 'Words',
  close: 'Close',
  what: (word: string): string => `What is ${word}?`,
} as const;
