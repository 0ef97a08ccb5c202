/**
 * How nodes become instructions of row programs. Equal instructions of a group are shared, so a softmax and the
 * cross-entropy of the same logits subtract their maximum once, and so do a layer norm and its gradient.
 */
import type { Node, OpName } from '../graph/ir.ts';
import type { RowOperation } from './row-operations.ts';
import type { RowOperand } from './units.ts';

/** What a rule writes with: operands in the order of the node's inputs, and results of instructions. */
export interface RowWriter {
  readonly operands: readonly RowOperand[];
  /** A row for each row, or one number where the operation is a reduction or all operands are numbers. */
  emit(operation: RowOperation, a: RowOperand, b?: RowOperand, constant?: number): RowOperand;
  /** The same number for all rows. */
  constant(value: number): RowOperand;
}

type Rule<K extends OpName> = (w: RowWriter, node: Extract<Node, { op: K }>) => RowOperand;

const plain =
  (operation: RowOperation) =>
  ({ operands: [a, b], emit }: RowWriter): RowOperand =>
    emit(operation, a!, b);

/** x less its row's largest, and the sum of its exponentials. */
function shifted({ operands: [x], emit }: RowWriter): {
  less: RowOperand;
  power: RowOperand;
  sum: RowOperand;
} {
  const less = emit('subtract', x!, emit('rowLargest', x!));
  const power = emit('exp', less);
  return { less, power, sum: emit('rowSum', power) };
}

const mean = ({ operands: [x], emit }: RowWriter): RowOperand => emit('rowMean', x!);

const inverseDeviation = (w: RowWriter, epsilon: number): RowOperand =>
  w.emit('rowInverseDeviation', w.operands[0]!, mean(w), epsilon);

/** Nodes that look at one row at a time. */
export const rowRules = {
  negate: plain('negate'),
  exp: plain('exp'),
  log: plain('log'),
  sqrt: plain('sqrt'),
  square: plain('square'),
  erf: plain('erf'),
  tanh: plain('tanh'),
  sigmoid: plain('sigmoid'),
  relu: plain('relu'),
  positive: plain('positive'),
  scaledGelu: ({ operands: [x], emit, constant }) =>
    emit('multiply', x!, emit('add', emit('erf', x!), constant(1))),

  add: plain('add'),
  subtract: plain('subtract'),
  multiply: plain('multiply'),
  divide: plain('divide'),
  minimum: plain('minimum'),
  maximum: plain('maximum'),

  softmax: (w) => {
    const { power, sum } = shifted(w);
    return w.emit('divide', power, sum);
  },
  logSoftmax: (w) => {
    const { less, sum } = shifted(w);
    return w.emit('subtract', less, w.emit('log', sum));
  },
  crossEntropy: (w) => {
    const { less, sum } = shifted(w);
    return w.emit('subtract', w.emit('log', sum), w.emit('pick', less, w.operands[1]!));
  },
  layerNorm: (w, { attributes: { epsilon } }) => {
    const [x, gain, bias] = w.operands;
    const scaled = w.emit('multiply', w.emit('subtract', x!, mean(w)), inverseDeviation(w, epsilon));
    return w.emit('add', w.emit('multiply', scaled, gain!), bias!);
  },
  layerNormMean: mean,
  layerNormInverseDeviation: (w, { attributes: { epsilon } }) => inverseDeviation(w, epsilon),
  gather: ({ operands: [table, ids], emit }) => emit('gather', table!, ids),
  oneHot: ({ operands: [ids], emit }) => emit('oneHot', ids!, ids),
} satisfies { readonly [K in OpName]?: Rule<K> };

export type RowOp = keyof typeof rowRules;
export type RowNode = Extract<Node, { op: RowOp }>;

export const isRowNode = (node: Node): node is RowNode => node.op in rowRules;

export function applyRowRule(writer: RowWriter, node: RowNode): RowOperand {
  return (rowRules[node.op] as Rule<RowOp>)(writer, node);
}
