/** Places values of known lifetimes in one memory, so that those that live at different times share words. */

export interface Lifetime {
  readonly words: number;
  /** Numbers of the first and the last unit that touches it. */
  readonly first: number;
  readonly last: number;
}

/** Words to which every value is aligned: a cache line. */
const LINE = 16;

/** Offsets in the order of `lifetimes`, and the words needed. Each value gets the lowest place that is free all its life. */
export function placeInArena(lifetimes: readonly Lifetime[]): { offsets: number[]; words: number } {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: { readonly life: Lifetime; readonly offset: number }[] = [];
  let words = 0;
  // Large ones first: small ones fit into the gaps that are left.
  const order = lifetimes.map((_, index) => index).sort((a, b) => lifetimes[b]!.words - lifetimes[a]!.words);
  for (const index of order) {
    const life = lifetimes[index]!;
    const beside = placed
      .filter((other) => other.life.first <= life.last && life.first <= other.life.last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of beside) {
      if (offset + life.words <= other.offset) break;
      offset = Math.max(offset, Math.ceil((other.offset + other.life.words) / LINE) * LINE);
    }
    offsets[index] = offset;
    placed.push({ life, offset });
    words = Math.max(words, offset + life.words);
  }
  return { offsets, words };
}
