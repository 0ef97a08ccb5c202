/** A row program while instructions are written to it. Equal instructions are written once. */
import type { RowOperation } from './row-operations.ts';
import { REDUCTIONS } from './row-operations.ts';
import type { RowOperand, RowUnit } from './units.ts';
import type { Storage } from './view.ts';
import { newStorage } from './view.ts';

/** Operations whose result is a row, whatever their operands are. */
const ROW_RESULTS: ReadonlySet<RowOperation> = new Set(['copy', 'gather', 'oneHot']);

export class RowProgram {
  readonly unit: RowUnit;
  private readonly known = new Map<string, RowOperand>();
  private readonly numbers = new Map<Storage, number>();
  private readonly written = new Set<Storage>();
  private readonly sums = new Set<Storage>();

  constructor(unit: RowUnit) {
    this.unit = unit;
  }

  /** Whether an operand may be read here: what was written in the same program only row by row, and sums not at all. */
  canRead({ storage, offset, isNumber, divisor, modulus, stride }: RowOperand): boolean {
    if (this.sums.has(storage)) return false;
    if (!this.written.has(storage)) return true;
    const { rows, columns } = this.unit;
    return (
      offset === 0 &&
      (rows === 1 || (divisor === 1 && modulus === rows && stride === (isNumber ? 1 : columns)))
    );
  }

  /** A reduction, or an operation on numbers alone, makes one number of each row; all others make a row. */
  emit(operation: RowOperation, a: RowOperand, b: RowOperand, constant: number): RowOperand {
    const { rows, columns } = this.unit;
    const isNumber =
      REDUCTIONS.has(operation) ||
      (a.isNumber && b.isNumber && (columns === 1 || !ROW_RESULTS.has(operation)));
    const key = `${operation} ${constant} ${this.keyOf(a)} ${this.keyOf(b)}`;
    const shared = this.known.get(key);
    if (shared) return shared;
    const words = isNumber ? rows : rows * columns;
    const storage = newStorage(words);
    const result = {
      storage,
      offset: 0,
      isNumber,
      divisor: 1,
      modulus: rows,
      stride: isNumber ? 1 : columns,
    };
    this.known.set(key, result);
    this.write(operation, constant, result, a, b);
    return result;
  }

  /** Adds the rows of `a` to the rows of `target` that its address names. */
  sumColumns(a: RowOperand, target: RowOperand): void {
    this.sums.add(target.storage);
    this.write('columnSum', 0, target, a, a);
  }

  private write(
    operation: RowOperation,
    constant: number,
    result: RowOperand,
    a: RowOperand,
    b: RowOperand,
  ): void {
    this.written.add(result.storage);
    for (const { storage } of [result, a, b]) this.numberOf(storage);
    this.unit.instructions.push({ operation, constant, result, a, b });
  }

  private keyOf({ storage, offset, isNumber, divisor, modulus, stride }: RowOperand): string {
    return [this.numberOf(storage), offset, isNumber, divisor, modulus, stride].join(':');
  }

  private numberOf(storage: Storage): number {
    const known = this.numbers.get(storage);
    if (known !== undefined) return known;
    this.numbers.set(storage, this.numbers.size);
    return this.numbers.size - 1;
  }
}
