/** Token ids that stand for the symbols of a reasoning primitive in a study's own vocabulary. */
import { EspalierError } from '../contract/errors.ts';
import type { Dataset } from './dataset.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Decodes what no text is: bytes that form no character, and ids for unknown characters. */
const REPLACEMENT = '\uFFFD';

/**
 * One id for each of the characters. Where the training text holds every one of them as a token of its own, these
 * ids: then a model trained on the synthetic corpus of the primitive meets what it knows. Otherwise the most
 * frequent ids of the training text that stand for text; equally frequent ones by id.
 * @param name Name of the metric, for the message.
 * @throws EspalierError `refused` when the training text has fewer different ids than characters are needed
 */
export function symbolIds(
  characters: string,
  { tokens, trainingTokens, vocabulary }: Dataset,
  tokenizer: Tokenizer,
  name: string,
): ReadonlyMap<string, number> {
  const wanted = [...characters];
  const counts = new Uint32Array(vocabulary);
  for (const id of tokens.subarray(0, trainingTokens)) counts[id]!++;
  const own = wanted.map((character) => tokenizer.encode(character));
  const isKnown = (ids: Int32Array): boolean =>
    ids.length === 1 && ids[0] !== tokenizer.unknownId && counts[ids[0]!]! > 0;
  if (own.every(isKnown)) return new Map(wanted.map((character, index) => [character, own[index]![0]!]));
  const frequent = Array.from(counts, (count, id) => ({ count, id }))
    .filter(({ count, id }) => count > 0 && !tokenizer.decode([id]).includes(REPLACEMENT))
    .sort((a, b) => b.count - a.count || a.id - b.id);
  if (frequent.length < wanted.length)
    throw new EspalierError(
      'refused',
      `The metric ${name} needs ${wanted.length} different symbols; the training text has ${frequent.length} token ids that stand for text.`,
      { hint: 'Lower symbols or modulus, or train on a corpus with more characters.' },
    );
  return new Map(wanted.map((character, index) => [character, frequent[index]!.id]));
}
