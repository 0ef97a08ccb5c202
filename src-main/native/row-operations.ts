/** The operations of row programs, in the order of `enum row_operation` (kernels/rows.h; a test compares them). */
export const ROW_OPERATIONS = [
  'copy',
  'negate',
  'exp',
  'log',
  'sqrt',
  'square',
  'erf',
  'tanh',
  'sigmoid',
  'relu',
  'positive',
  'add',
  'subtract',
  'multiply',
  'divide',
  'minimum',
  'maximum',
  'rowSum',
  'rowLargest',
  'rowDot',
  'rowMean',
  'rowInverseDeviation',
  'columnSum',
  'gather',
  'oneHot',
  'pick',
] as const;
export type RowOperation = (typeof ROW_OPERATIONS)[number];

/** Operations that make one number of a row. */
export const REDUCTIONS: ReadonlySet<RowOperation> = new Set([
  'rowSum',
  'rowLargest',
  'rowDot',
  'rowMean',
  'rowInverseDeviation',
  'pick',
]);

/** `enum row_operation`: the number of an operation. */
export const numberOf = (operation: RowOperation): number => ROW_OPERATIONS.indexOf(operation);
