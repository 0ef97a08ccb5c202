/** The units of a plan before they become words: what is computed one after the other, and what each touches. */
import type { Shape } from '../tensor/shape.ts';
import type { RowOperation } from './row-operations.ts';
import type { RowAddress, Storage, View } from './view.ts';

/**
 * What of a product is known to be zero: `lowerResult` is seen on and below its diagonal only, `lowerLeft` and `upperLeft`
 * say that the left operand, as it is multiplied, is zero above or below its diagonal.
 */
export type Triangle = 'none' | 'lowerResult' | 'lowerLeft' | 'upperLeft';

/** A matrix product over two leading axes of batches; either may be 1. Views have four axes. */
export interface ProductUnit {
  readonly kind: 'product';
  readonly alpha: number;
  readonly a: View;
  readonly b: View;
  /** Its last axis is contiguous. */
  readonly result: View;
  /** A row that is added to every row of the result. */
  readonly bias: View | null;
  /** Whether the result is added to what is there. */
  readonly accumulate: boolean;
  readonly triangle: Triangle;
}

export interface RowOperand extends RowAddress {
  readonly storage: Storage;
  readonly offset: number;
  /** One number for a row instead of a row of numbers. */
  readonly isNumber: boolean;
}

export interface RowInstruction {
  readonly operation: RowOperation;
  readonly constant: number;
  readonly result: RowOperand;
  readonly a: RowOperand;
  readonly b: RowOperand;
}

/** Instructions that run block by block over the rows of matrices. */
export interface RowUnit {
  readonly kind: 'rows';
  readonly rows: number;
  readonly columns: number;
  readonly instructions: RowInstruction[];
}

/** Moves words from one view to another of the same shape. */
export interface CopyUnit {
  readonly kind: 'copy';
  readonly source: View;
  readonly target: View;
}

/** Sets the target to zero and adds the source, whose shape is larger where the target's strides are 0. */
export interface ReduceUnit {
  readonly kind: 'reduce';
  readonly source: View;
  readonly target: View;
}

/** Sets the target to zero and adds each row at its id. */
export interface ScatterAddUnit {
  readonly kind: 'scatterAdd';
  readonly ids: View;
  readonly rows: View;
  readonly target: View;
}

export type Unit = ProductUnit | RowUnit | CopyUnit | ReduceUnit | ScatterAddUnit;

/** Every storage that a unit reads or writes. */
export function touchedBy(unit: Unit): Storage[] {
  switch (unit.kind) {
    case 'product':
      return [unit.a, unit.b, unit.result, ...(unit.bias ? [unit.bias] : [])].map(({ storage }) => storage);
    case 'rows':
      return unit.instructions.flatMap(({ result, a, b }) => [result.storage, a.storage, b.storage]);
    case 'scatterAdd':
      return [unit.ids.storage, unit.rows.storage, unit.target.storage];
    default:
      return [unit.source.storage, unit.target.storage];
  }
}

/** Rank of copies and reductions in a plan. */
export const COPY_RANK = 6;

/** Sizes or strides of a copy, with axes of size 1 in front. */
export const padded = (values: Shape, filler: number): number[] => [
  ...new Array<number>(COPY_RANK - values.length).fill(filler),
  ...values,
];
