/** What a model learns from: a corpus, a tokenizer and the share of the corpus kept for validation. */
import { z } from 'zod';

const wholeNumber = (low: number, high: number) => z.number().int().min(low).max(high);

/** Letters a to z stand for the symbols of the sequence tasks. */
export const MAX_SYNTHETIC_SYMBOLS = 26;

const sequenceTaskFields = {
  examples: wholeNumber(1, 1_000_000).default(10_000).describe('Number of lines to generate.'),
  length: wholeNumber(1, 512).default(8).describe('Symbols in one sequence.'),
  symbols: wholeNumber(2, MAX_SYNTHETIC_SYMBOLS)
    .default(10)
    .describe('Different symbols; the letters from a on stand for them.'),
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0).describe('Seed of the generated lines.'),
};

const pairs = wholeNumber(1, MAX_SYNTHETIC_SYMBOLS / 2)
  .default(4)
  .describe('Pairs of key and value; the keys are the first half of the symbols, the values the others.');

/** Adds a problem where a sequence of different symbols, or of pairs, asks for more symbols than there are. */
function requireSymbols(
  task: { readonly symbols: number; readonly length?: number; readonly pairs?: number },
  context: z.RefinementCtx,
): void {
  if (task.length !== undefined && (task.length > task.symbols || task.length < 2))
    context.addIssue({
      code: 'custom',
      path: ['length'],
      message: `induction needs from 2 to ${task.symbols} different symbols in a line, not ${task.length}; change length or symbols`,
    });
  if (task.pairs !== undefined && 2 * task.pairs > task.symbols)
    context.addIssue({
      code: 'custom',
      path: ['pairs'],
      message: `${task.pairs} keys need ${2 * task.pairs} symbols, half of them for values; raise symbols or lower pairs`,
    });
}

const syntheticCorpusSchema = z.discriminatedUnion('synthetic', [
  z.strictObject({
    synthetic: z.literal('copy').describe('Lines `abc=abc`: repeat the sequence.'),
    ...sequenceTaskFields,
  }),
  z.strictObject({
    synthetic: z.literal('sorting').describe('Lines `cab=abc`: write the sequence in alphabetical order.'),
    ...sequenceTaskFields,
  }),
  z
    .strictObject({
      synthetic: z
        .literal('induction')
        .describe('Lines `dbacab`: different symbols, one of them again, and what followed it before.'),
      ...sequenceTaskFields,
    })
    .superRefine(requireSymbols),
  z
    .strictObject({
      synthetic: z
        .literal('associative-recall')
        .describe('Lines `afbgch=bg`: pairs of key and value, then a key and its value.'),
      examples: sequenceTaskFields.examples,
      pairs,
      symbols: sequenceTaskFields.symbols,
      seed: sequenceTaskFields.seed,
    })
    .superRefine(requireSymbols),
  z
    .strictObject({
      synthetic: z
        .literal('mixed')
        .describe('Lines of copy, induction, associative-recall and modular sums `7+5=2`, drawn at random.'),
      ...sequenceTaskFields,
      pairs,
      modulus: wholeNumber(2, 10).default(10).describe('Modulus of the sums; one digit a residue.'),
    })
    .superRefine(requireSymbols),
  z
    .strictObject({
      synthetic: z
        .literal('modular-addition')
        .describe('Lines `12+34=46`: add modulo the modulus; every pair at most once, in random order.'),
      modulus: wholeNumber(2, 1000).default(97).describe('Modulus p; there are p² different lines.'),
      examples: wholeNumber(1, 1_000_000).optional().describe('Number of lines; left out, all p² pairs.'),
      seed: sequenceTaskFields.seed,
    })
    .superRefine((task, context) => {
      if (task.examples !== undefined && task.examples > task.modulus ** 2)
        context.addIssue({
          code: 'custom',
          path: ['examples'],
          message: `modulus ${task.modulus} has ${task.modulus ** 2} pairs, ${task.examples} examples do not exist; raise the modulus or lower examples`,
        });
    }),
]);
export type SyntheticCorpus = z.infer<typeof syntheticCorpusSchema>;

const localCorpusSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe(
      'A .txt, .md or .jsonl file (UTF-8), or a folder that is searched for such files, sorted by path.',
    ),
  textField: z.string().min(1).default('text').describe('Field of each JSONL line that holds its text.'),
});
export type LocalCorpus = z.infer<typeof localCorpusSchema>;

export const corpusSpecSchema = z.union(
  [
    z
      .enum(['moby-dick', 'state-of-the-union'])
      .describe('A public-domain text that comes with the program: no download.'),
    localCorpusSchema,
    syntheticCorpusSchema,
  ],
  {
    error:
      'must be moby-dick, state-of-the-union, a local text such as { path: notes.txt }, or a task such as { synthetic: copy } (copy, sorting, induction, associative-recall, mixed or modular-addition)',
  },
);
export type CorpusSpec = z.infer<typeof corpusSpecSchema>;

/** Largest vocabulary a tokenizer may have: two token ids fit one 32-bit pair key. */
export const MAX_TOKENIZER_VOCABULARY = 65_536;

export const tokenizerSpecSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('byte').describe('256 ids, one for each byte of the UTF-8 text.') }),
  z.strictObject({
    kind: z.literal('character').describe('One id for each frequent character, one for all the others.'),
    maxVocabulary: wholeNumber(2, MAX_TOKENIZER_VOCABULARY)
      .default(256)
      .describe('Most ids there may be, the id for unknown characters included.'),
  }),
  z.strictObject({
    kind: z.literal('bpe').describe('Byte-level byte-pair encoding, trained on the training part.'),
    vocabulary: wholeNumber(257, MAX_TOKENIZER_VOCABULARY)
      .default(512)
      .describe('Number of ids: 256 bytes and the merges; fewer if the corpus has no more repeated pairs.'),
  }),
]);
export type TokenizerSpec = z.infer<typeof tokenizerSpecSchema>;

export const dataSpecSchema = z.strictObject({
  corpus: corpusSpecSchema.default('moby-dick').describe('Where the text comes from.'),
  tokenizer: tokenizerSpecSchema.prefault({ kind: 'character' }).describe('How text becomes token ids.'),
  validationShare: z
    .number()
    .min(0.001)
    .max(0.5)
    .default(0.1)
    .describe('Share of the text, from its end, that is never trained on.'),
});
export type DataSpec = z.infer<typeof dataSpecSchema>;
