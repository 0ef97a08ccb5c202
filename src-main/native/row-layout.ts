/** How a row program is cut into blocks and parts, and which of its values stay in the nearest cache. */
import type { RowInstruction, RowUnit } from './units.ts';
import type { Storage } from './view.ts';
import { newStorage } from './view.ts';

export interface RowLayout {
  /** Rows that pass through all instructions together. */
  readonly block: number;
  /** Rows of a part. Threads share parts, and sums over rows are one a part. */
  readonly chunk: number;
  /** Where the sums of the parts lie until they are added. */
  readonly partial: Storage;
  /** Words of the sums of one part. */
  readonly partialWords: number;
  /** Where the sum of each storage begins in them. */
  readonly sums: ReadonlyMap<Storage, number>;
  /** Values that no other unit reads, by their place in the registers. */
  readonly registers: ReadonlyMap<Storage, number>;
  readonly registerWords: number;
}

/** Words of a block's operands: what a first-level cache of 32 KB holds. */
const BLOCK_WORDS = 8192;
/** Rows of a block at most: what is one number a row is kept beside (kernels/rows.h). */
const LARGEST_BLOCK = 1024;
/** So sums over rows depend neither on the number of threads nor on what else a program does. */
const PARTS = 16;
const LINE = 16;

/** @param isOwn Whether no other unit touches a storage */
export function layoutOf(unit: RowUnit, isOwn: (storage: Storage) => boolean): RowLayout {
  const { rows, columns, instructions } = unit;
  const { sums, partialWords } = sumsOf(instructions);
  const { slots, sizes } = registerSlots(unit, (storage) => !sums.has(storage) && isOwn(storage));
  const values = new Set(instructions.flatMap(({ result, a, b }) => [result.storage, a.storage, b.storage]));
  const fetched = [...values].filter((storage) => !sums.has(storage) && !slots.has(storage));
  const rowWords = [...sizes, ...fetched.map(({ words }) => Math.min(columns, Math.ceil(words / rows)))];
  const chunk = Math.ceil(rows / PARTS);
  const fitting = Math.floor(BLOCK_WORDS / rowWords.reduce((sum, words) => sum + words, 0));
  const block = Math.max(1, Math.min(chunk, LARGEST_BLOCK, fitting));

  let registerWords = 0;
  const offsets = sizes.map((words) => {
    const offset = registerWords;
    registerWords += Math.ceil((words * block) / LINE) * LINE;
    return offset;
  });
  const words = partialWords * Math.ceil(rows / chunk);
  return {
    block,
    chunk,
    partial: newStorage(words),
    partialWords,
    sums,
    registers: new Map([...slots].map(([storage, slot]) => [storage, offsets[slot]!])),
    registerWords,
  };
}

function sumsOf(instructions: readonly RowInstruction[]): {
  sums: Map<Storage, number>;
  partialWords: number;
} {
  const sums = new Map<Storage, number>();
  let partialWords = 0;
  for (const { operation, result } of instructions) {
    if (operation !== 'columnSum') continue;
    sums.set(result.storage, partialWords);
    partialWords += result.storage.words;
  }
  return { sums, partialWords };
}

/** A register for each value that stays, given out anew after its last use. `sizes` are their words a row. */
function registerSlots(
  { rows, instructions }: RowUnit,
  stays: (storage: Storage) => boolean,
): { slots: Map<Storage, number>; sizes: number[] } {
  const lastUse = new Map<Storage, number>();
  for (const [index, { a, b, result }] of instructions.entries())
    for (const { storage } of [a, b, result]) lastUse.set(storage, index);
  const ending = Map.groupBy(lastUse.keys(), (storage) => lastUse.get(storage)!);
  const slots = new Map<Storage, number>();
  const sizes: number[] = [];
  const free = new Set<number>();
  for (const [index, { result }] of instructions.entries()) {
    const { storage } = result;
    if (stays(storage)) {
      const size = storage.words / rows;
      const reused = [...free].find((slot) => sizes[slot] === size);
      if (reused !== undefined) free.delete(reused);
      slots.set(storage, reused ?? sizes.push(size) - 1);
    }
    for (const ended of ending.get(index) ?? []) {
      const slot = slots.get(ended);
      if (slot !== undefined) free.add(slot);
    }
  }
  return { slots, sizes };
}
