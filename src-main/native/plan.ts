/**
 * A plan: a program as words that the kernels run (kernels/steps.c says how they are read). Addresses are the number of
 * a memory and an offset in words; memory 0 is the arena, 1 holds the constants, the others are inputs and outputs.
 */
import type { Graph } from '../graph/ir.ts';
import { placeInArena } from './arena.ts';
import { unitsOf } from './planner.ts';
import type { RowLayout } from './row-layout.ts';
import { layoutOf } from './row-layout.ts';
import { numberOf } from './row-operations.ts';
import type { RowOperand, RowUnit, Unit } from './units.ts';
import { padded, touchedBy } from './units.ts';
import type { Storage } from './view.ts';

/** As `espalier_plan_version` of the kernels. */
export const PLAN_VERSION = 1;

export interface Plan {
  readonly words: Int32Array;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly arenaWords: number;
  readonly constants: Float32Array;
  /** Words of scratch memory that every thread needs for row programs. */
  readonly registerWords: number;
}

const KIND = { end: 0, product: 1, rows: 2, copy: 3, reduce: 4, scatterAdd: 5 } as const;
const TRIANGLE = { none: 0, lowerResult: 1, lowerLeft: 2, upperLeft: 3 } as const;
const A_IS_NUMBER = 1;
const B_IS_NUMBER = 2;
const RESULT_IS_NUMBER = 4;

export function planOf(graph: Graph): Plan {
  const { units, outputs, constants } = unitsOf(graph);
  const inputs = [...graph.inputs.keys()];
  const encoder = new Encoder(units, inputs, [...outputs.keys()]);
  const constantWords = encoder.placeConstants(constants);
  const arenaWords = encoder.placeValues();
  const words = encoder.encode();
  return {
    words,
    inputs,
    outputs: [...outputs.keys()],
    arenaWords,
    constants: constantWords,
    registerWords: encoder.registerWords,
  };
}

class Encoder {
  registerWords = 0;
  private readonly units: readonly Unit[];
  private readonly memories = new Map<string, number>();
  private readonly layouts = new Map<RowUnit, RowLayout>();

  constructor(units: readonly Unit[], inputs: readonly string[], outputs: readonly string[]) {
    this.units = units;
    for (const name of inputs) this.memories.set(`input ${name}`, 2 + this.memories.size);
    for (const name of outputs) this.memories.set(`output ${name}`, 2 + this.memories.size);
  }

  placeConstants(constants: readonly { storage: Storage; values: Float32Array }[]): Float32Array {
    let offset = 0;
    for (const { storage } of constants) {
      storage.offset = offset;
      offset += storage.words;
    }
    const all = new Float32Array(offset);
    for (const { storage, values } of constants) all.set(values, storage.offset);
    return all;
  }

  /** Lays out row programs and gives every value of the arena its place. Returns the words of the arena. */
  placeValues(): number {
    const lives = new Map<Storage, { first: number; last: number }>();
    for (const [index, unit] of this.units.entries())
      for (const storage of touchedBy(unit)) {
        const life = lives.get(storage);
        if (life) life.last = index;
        else if (storage.place === 'arena') lives.set(storage, { first: index, last: index });
      }
    for (const [index, unit] of this.units.entries()) {
      if (unit.kind !== 'rows') continue;
      const layout = layoutOf(unit, (storage) => {
        const life = lives.get(storage);
        return life?.first === index && life.last === index;
      });
      this.layouts.set(unit, layout);
      for (const storage of layout.registers.keys()) lives.delete(storage);
      if (layout.partialWords > 0) lives.set(layout.partial, { first: index, last: index });
      this.registerWords = Math.max(this.registerWords, layout.registerWords);
    }
    const storages = [...lives.keys()];
    const { offsets, words } = placeInArena(
      storages.map((storage) => ({ words: storage.words, ...lives.get(storage)! })),
    );
    for (const [index, storage] of storages.entries()) storage.offset = offsets[index]!;
    return words;
  }

  encode(): Int32Array {
    const words: number[] = [];
    for (const unit of this.units) {
      const body = this.bodyOf(unit);
      words.push(KIND[unit.kind], body.length + 2, ...body);
    }
    words.push(KIND.end);
    return Int32Array.from(words);
  }

  private at({ storage, offset }: { storage: Storage; offset: number }): [memory: number, offset: number] {
    const { place, name } = storage;
    const memory = place === 'arena' ? 0 : place === 'constant' ? 1 : this.memories.get(`${place} ${name}`)!;
    return [memory, storage.offset + offset];
  }

  private bodyOf(unit: Unit): number[] {
    switch (unit.kind) {
      case 'product': {
        const { a, b, result, bias } = unit;
        const [outer, inner, m, n] = result.shape as [number, number, number, number];
        const [ao, ai, ar, ac] = a.strides as [number, number, number, number];
        const [bo, bi, br, bc] = b.strides as [number, number, number, number];
        const [co, ci, cr] = result.strides as [number, number, number, number];
        return [
          ...[
            m,
            n,
            a.shape[3]!,
            bitsOf(unit.alpha),
            unit.accumulate ? 1 : 0,
            outer,
            inner,
            TRIANGLE[unit.triangle],
          ],
          ...[...this.at(a), ar, ac, ao, ai],
          ...[...this.at(b), br, bc, bo, bi],
          ...[...this.at(result), cr, co, ci],
          ...(bias ? this.at(bias) : [-1, 0]),
        ];
      }
      case 'rows':
        return this.rowBody(unit, this.layouts.get(unit)!);
      case 'scatterAdd': {
        const { ids, rows, target } = unit;
        return [
          ...[...this.at(target), target.storage.words],
          ...[...this.at(ids), ids.shape[0]!],
          ...[...this.at(rows), rows.shape[1]!],
        ];
      }
      default: {
        const { source, target } = unit;
        return [
          ...[...this.at(target), target.storage.words],
          ...this.at(source),
          ...padded(source.shape, 1),
          ...padded(source.strides, 0),
          ...padded(target.strides, 0),
        ];
      }
    }
  }

  private rowBody(unit: RowUnit, layout: RowLayout): number[] {
    const operand = ({ storage, offset, divisor, modulus, stride }: RowOperand): number[] => {
      const register = layout.registers.get(storage);
      if (register !== undefined) return [-1, register, 1, unit.rows, stride];
      const sum = layout.sums.get(storage);
      if (sum !== undefined) return [0, sum, divisor, modulus, stride];
      return [...this.at({ storage, offset }), divisor, modulus, stride];
    };
    const instructions = unit.instructions.flatMap(({ operation, constant, result, a, b }) => [
      numberOf(operation),
      (a.isNumber ? A_IS_NUMBER : 0) |
        (b.isNumber ? B_IS_NUMBER : 0) |
        (result.isNumber ? RESULT_IS_NUMBER : 0),
      bitsOf(constant),
      ...operand(result),
      ...operand(a),
      ...operand(b),
    ]);
    const sums = [...layout.sums].flatMap(([storage, start]) => [
      ...this.at({ storage, offset: 0 }),
      start,
      storage.words,
    ]);
    return [
      ...[unit.rows, unit.columns, layout.block, layout.chunk, unit.instructions.length],
      ...this.at({ storage: layout.partial, offset: 0 }),
      ...[layout.partialWords, layout.sums.size, ...sums, ...instructions],
    ];
  }
}

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);
function bitsOf(value: number): number {
  floats[0] = value;
  return bits[0]!;
}
