/**
 * Training of byte-pair encoding (Sennrich et al. 2016, algorithm 1): merge the most frequent neighbouring pair,
 * again and again. Counts are kept up to date word by word, and a heap with stale entries finds the next pair, so
 * a merge costs only the words it changes.
 */
import { bpeWords } from './bpe-words.ts';

/** Left and right id of one merge; its own id is 256 + its position. */
export type Merge = readonly [left: number, right: number];

const KEY_BASE = 65_536;
const LEFT_OF = (key: number): number => Math.floor(key / KEY_BASE);
const RIGHT_OF = (key: number): number => key % KEY_BASE;

/** Key of a pair of ids below 65 536; also its rank among equally frequent pairs. */
export const pairKey = (left: number, right: number): number => left * KEY_BASE + right;

/**
 * Merges learnt from a text, at most `mergeCount`; fewer when no pair occurs twice any more. Among equally
 * frequent pairs the one with the smaller ids is merged first.
 */
export function trainMerges(text: string, mergeCount: number): Merge[] {
  const wordCounts = new Map<string, number>();
  for (const word of bpeWords(text)) wordCounts.set(word, (wordCounts.get(word) ?? 0) + 1);
  const encoder = new TextEncoder();
  const words = Array.from(wordCounts.keys(), (word) => Array.from(encoder.encode(word)));
  const frequencies = [...wordCounts.values()];

  const counts = new Map<number, number>();
  const wordsWithPair = new Map<number, Set<number>>();
  const queue = new PairQueue();
  const addPairs = (word: number, sign: 1 | -1, touched: Set<number>): void => {
    const ids = words[word]!;
    for (let index = 0; index + 1 < ids.length; index++) {
      const key = pairKey(ids[index]!, ids[index + 1]!);
      counts.set(key, (counts.get(key) ?? 0) + sign * frequencies[word]!);
      touched.add(key);
      if (sign < 0) continue;
      const holders = wordsWithPair.get(key);
      if (holders) holders.add(word);
      else wordsWithPair.set(key, new Set([word]));
    }
  };

  const all = new Set<number>();
  for (let word = 0; word < words.length; word++) addPairs(word, 1, all);
  for (const key of all) queue.push(key, counts.get(key)!);

  const merges: Merge[] = [];
  while (merges.length < mergeCount) {
    const best = queue.pop();
    if (best === undefined) break;
    if (counts.get(best.key) !== best.count) continue; // outdated: a newer entry holds the true count
    if (best.count < 2) break;
    const id = 256 + merges.length;
    merges.push([LEFT_OF(best.key), RIGHT_OF(best.key)]);
    const touched = new Set<number>();
    for (const word of wordsWithPair.get(best.key)!) {
      addPairs(word, -1, touched);
      words[word] = mergePair(words[word]!, best.key, id);
      addPairs(word, 1, touched);
    }
    wordsWithPair.delete(best.key);
    for (const key of touched) {
      const count = counts.get(key)!;
      if (count === 0) counts.delete(key);
      else queue.push(key, count);
    }
  }
  return merges;
}

/** The ids with every occurrence of the pair, from the left, replaced by `id`. */
export function mergePair(ids: readonly number[], key: number, id: number): number[] {
  const merged: number[] = [];
  for (let index = 0; index < ids.length; index++) {
    if (index + 1 < ids.length && pairKey(ids[index]!, ids[index + 1]!) === key) {
      merged.push(id);
      index++;
    } else merged.push(ids[index]!);
  }
  return merged;
}

/** Binary heap: highest count first, then the smaller pair. A pair may be in it several times. */
class PairQueue {
  readonly #keys: number[] = [];
  readonly #counts: number[] = [];

  push(key: number, count: number): void {
    let child = this.#keys.length;
    this.#keys.push(key);
    this.#counts.push(count);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#precedes(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  pop(): { key: number; count: number } | undefined {
    if (this.#keys.length === 0) return undefined;
    this.#swap(0, this.#keys.length - 1);
    const key = this.#keys.pop()!;
    const count = this.#counts.pop()!;
    for (let parent = 0; ; ) {
      let first = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2])
        if (child < this.#keys.length && this.#precedes(child, first)) first = child;
      if (first === parent) break;
      this.#swap(parent, first);
      parent = first;
    }
    return { key, count };
  }

  #precedes(a: number, b: number): boolean {
    const difference = this.#counts[a]! - this.#counts[b]!;
    return difference > 0 || (difference === 0 && this.#keys[a]! < this.#keys[b]!);
  }

  #swap(a: number, b: number): void {
    [this.#keys[a], this.#keys[b]] = [this.#keys[b]!, this.#keys[a]!];
    [this.#counts[a], this.#counts[b]] = [this.#counts[b]!, this.#counts[a]!];
  }
}
