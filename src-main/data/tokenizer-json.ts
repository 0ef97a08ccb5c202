/** Choosing, training and reading tokenizers. */
import { z } from 'zod';
import { MAX_TOKENIZER_VOCABULARY, type TokenizerSpec } from '../contract/data-spec.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { MAX_WORD_BYTES } from './bpe-words.ts';
import type { Tokenizer } from './tokenizer.ts';
import { bpeTokenizer, trainBpeTokenizer } from './tokenizer-bpe.ts';
import { byteTokenizer } from './tokenizer-byte.ts';
import { characterTokenizer, trainCharacterTokenizer } from './tokenizer-character.ts';

/** The tokenizer a spec asks for, trained on `trainingText` where its kind is trained. */
export function trainTokenizer(spec: TokenizerSpec, trainingText: string): Tokenizer {
  switch (spec.kind) {
    case 'byte':
      return byteTokenizer();
    case 'character':
      return trainCharacterTokenizer(trainingText, spec.maxVocabulary);
    case 'bpe':
      return trainBpeTokenizer(trainingText, spec.vocabulary);
    default:
      return spec satisfies never;
  }
}

const tokenId = z
  .number()
  .int()
  .min(0)
  .max(MAX_TOKENIZER_VOCABULARY - 1);

const tokenizerJsonSchema = z.discriminatedUnion('kind', [
  z.strictObject({ version: z.literal(1), kind: z.literal('byte') }),
  z
    .strictObject({
      version: z.literal(1),
      kind: z.literal('character'),
      codePoints: z.array(z.number().int().min(0).max(0x10ffff)).max(MAX_TOKENIZER_VOCABULARY - 1),
    })
    .refine(({ codePoints }) => new Set(codePoints).size === codePoints.length, 'a code point repeats'),
  z
    .strictObject({
      version: z.literal(1),
      kind: z.literal('bpe'),
      merges: z.array(z.tuple([tokenId, tokenId])).max(MAX_TOKENIZER_VOCABULARY - 256),
    })
    .superRefine(({ merges }, context) => {
      const problem = mergesProblem(merges);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: ['merges'], message: problem });
    }),
]);

/** Why a list of merges is impossible, if it is: an id from the future, a repeat, a token longer than any word. */
function mergesProblem(merges: readonly (readonly [number, number])[]): string | undefined {
  const lengths = new Array<number>(256).fill(1);
  const seen = new Set<string>();
  for (const [index, [left, right]] of merges.entries()) {
    if (left >= 256 + index || right >= 256 + index)
      return `merge ${index} joins ${left} and ${right}, but only ids below ${256 + index} exist before it`;
    if (seen.has(`${left} ${right}`)) return `merge ${index} repeats the pair ${left}, ${right}`;
    seen.add(`${left} ${right}`);
    const length = lengths[left]! + lengths[right]!;
    if (length > MAX_WORD_BYTES)
      return `merge ${index} makes a token of ${length} bytes, longer than any word`;
    lengths.push(length);
  }
  return undefined;
}

/**
 * The tokenizer whose toJson() gave this text.
 * @throws EspalierError `bad-input` when the text is no such JSON.
 */
export function tokenizerFromJson(json: string): Tokenizer {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new EspalierError('bad-input', `The tokenizer is not JSON: ${messageOf(error)}.`, { cause: error });
  }
  const parsed = tokenizerJsonSchema.safeParse(value);
  if (!parsed.success)
    throw new EspalierError(
      'bad-input',
      'The tokenizer JSON does not describe a tokenizer of this program.',
      {
        hint: 'Build the dataset again from its corpus.',
        problems: parsed.error.issues.map((issue) => ({
          at: ['tokenizer', ...issue.path].join('.'),
          message: issue.message,
        })),
      },
    );
  switch (parsed.data.kind) {
    case 'byte':
      return byteTokenizer();
    case 'character':
      return characterTokenizer(parsed.data.codePoints);
    case 'bpe':
      return bpeTokenizer(parsed.data.merges);
    default:
      return parsed.data satisfies never;
  }
}
