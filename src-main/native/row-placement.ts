/**
 * Where row nodes are computed. A node waits until something needs it; then it and all that waits before it go into one
 * row program, the first one of the right rows that comes after everything they read, or a new one. So a derivative is
 * computed where it is multiplied and not stored since the forward pass, and a value passes through the cache once.
 */
import type { Node } from '../graph/ir.ts';
import type { Shape } from '../tensor/shape.ts';
import { sizeOf } from '../tensor/shape.ts';
import { RowProgram } from './row-program.ts';
import type { RowWriter } from './row-rules.ts';
import type { RowOperand, RowUnit, Unit } from './units.ts';
import type { View } from './view.ts';
import { broadcastView, matrixOf, reshapedView, rowAddress, wholeView } from './view.ts';

/** A value and the number of the first unit that may read it. */
export interface Located {
  readonly view: View;
  readonly ready: number;
}

/** An input of a row node: a row or number for each row, whole rows only, one id a row, or a table that ids look up. */
export interface RowInput {
  readonly node: Node;
  readonly as: 'any' | 'row' | 'id' | 'vector' | 'table';
}

export interface RowTask {
  /** The rows that it looks at; the last axis is columns. */
  readonly frame: Shape;
  /** Of the result. */
  readonly shape: Shape;
  readonly inputs: readonly RowInput[];
  write(writer: RowWriter): RowOperand;
}

/** A row node that is about to be placed, and the first unit that could. */
interface Member {
  readonly node: Node;
  readonly task: RowTask;
  readonly sources: readonly Source[];
  readonly ready: number;
}

/** What a row node reads: another of the same program, or a value that is there. */
type Source = Member | { readonly ready: number; readonly operand: RowOperand };

export interface Placing {
  /** The task of a node that waits, else undefined. */
  waiting(node: Node): RowTask | undefined;
  /** The value of a node, computed now if it has to be. */
  value(node: Node): Located;
  /** The value in one piece. */
  contiguous(node: Node): Located;
  /** A value moved to where it is in one piece. */
  moved(view: View): Located;
  placed(node: Node, value: Located): void;
  constantNumber(value: number): RowOperand;
}

export class RowPlacement {
  private readonly units: Unit[];
  private readonly placing: Placing;
  private readonly programs = new Map<number, RowProgram>();

  constructor(units: Unit[], placing: Placing) {
    this.units = units;
    this.placing = placing;
  }

  /** Computes a node that waits, and those that wait before it. */
  place(node: Node, task: RowTask): void {
    const member = this.memberOf(node, task, new Map());
    const at = this.placeFor(member.task.frame, [member], true);
    this.operandOf(member, at, new Map());
  }

  /** Adds up rows of `input` into the rows of `target`. Returns the number of the unit. */
  sumColumns(input: Node, target: RowOperand): number {
    const frame = input.shape;
    const source = this.sourceOf({ node: input, as: 'row' }, frame, new Map());
    const at = this.placeFor(frame, [source], false);
    const program = this.programAt(at, frame);
    program.sumColumns(this.operandOf(source, at, new Map()), target);
    return at;
  }

  private memberOf(node: Node, task: RowTask, known: Map<Node, Member>): Member {
    const before = known.get(node);
    if (before) return before;
    const sources = task.inputs.map((input) => this.sourceOf(input, task.frame, known));
    const member = { node, task, sources, ready: Math.max(0, ...sources.map(({ ready }) => ready)) };
    known.set(node, member);
    return member;
  }

  private sourceOf(input: RowInput, frame: Shape, known: Map<Node, Member>): Source {
    const waits = input.as === 'any' || input.as === 'row' ? this.placing.waiting(input.node) : undefined;
    if (waits && isSameProgram(waits, frame, input)) return this.memberOf(input.node, waits, known);
    return this.prepared(input, frame);
  }

  /** How rows of a value are found in `frame`; it is moved where no rule finds them. */
  private prepared({ node, as }: RowInput, frame: Shape): { ready: number; operand: RowOperand } {
    if (as === 'table') {
      const { view, ready } = this.placing.contiguous(node);
      const { storage, offset } = view;
      return { ready, operand: { storage, offset, isNumber: false, divisor: 1, modulus: 1, stride: 0 } };
    }
    const shape = frame.length === 0 ? [1] : frame;
    const columns = shape.at(-1)!;
    const input = this.inputView(node, as);
    const { moved } = this.placing;
    for (const attempt of [
      () => input,
      () => moved(input.view),
      () => moved(broadcastView(input.view, shape)),
    ]) {
      const { view, ready } = attempt();
      const seen = broadcastView(view.shape.length === 0 ? reshapedView(view, [1])! : view, shape);
      const address = rowAddress(seen);
      const step = seen.strides.at(-1)!;
      if (!address || (columns > 1 && step !== 1 && (step !== 0 || as === 'row'))) continue;
      const isNumber = columns === 1 || step === 0;
      return { ready, operand: { storage: view.storage, offset: view.offset, isNumber, ...address } };
    }
    throw new Error('a moved value has rows');
  }

  private inputView(node: Node, as: RowInput['as']): Located {
    if (as === 'any' || as === 'row') return this.placing.value(node);
    const { view, ready } = this.placing.contiguous(node);
    return { view: reshapedView(view, as === 'id' ? [...node.shape, 1] : [sizeOf(node.shape)])!, ready };
  }

  /**
   * The number of the unit that can compute over the rows of `frame` from all sources. What is one number of each row
   * may join wider rows, but not where it is summed as a column.
   */
  private placeFor(frame: Shape, sources: readonly Source[], mayBeNumbers: boolean): number {
    const { rows, columns } = matrixOf(frame);
    for (let at = Math.max(...sources.map(({ ready }) => ready)); at < this.units.length; at++) {
      const program = this.programs.get(at);
      if (!program || program.unit.rows !== rows) continue;
      const fits =
        program.unit.columns === columns || (mayBeNumbers && columns === 1 && sources.every(isNumbersOnly));
      if (fits && sources.every((source) => canRead(source, program))) return at;
    }
    return this.units.length;
  }

  private programAt(at: number, frame: Shape): RowProgram {
    const known = this.programs.get(at);
    if (known) return known;
    const unit: RowUnit = { kind: 'rows', ...matrixOf(frame), instructions: [] };
    const program = new RowProgram(unit);
    this.units.push(unit);
    this.programs.set(at, program);
    return program;
  }

  /** What a source is read by in the program at `at`, where members are written that are not yet. */
  private operandOf(source: Source, at: number, written: Map<Member, RowOperand>): RowOperand {
    if (!isMember(source)) return source.operand;
    const before = written.get(source);
    if (before) return before;
    const { node, task } = source;
    const operands = source.sources.map((own) => this.operandOf(own, at, written));
    const program = this.programAt(at, task.frame);
    const last = task.write({
      operands,
      emit: (operation, a, b = a, constant = 0) => program.emit(operation, a, b, constant),
      constant: (value) => this.placing.constantNumber(value),
    });
    const result = last.storage.words === sizeOf(task.shape) ? last : program.emit('copy', last, last, 0);
    written.set(source, result);
    this.placing.placed(node, { view: wholeView(result.storage, task.shape), ready: at });
    return result;
  }
}

const isMember = (source: Source): source is Member => 'task' in source;

/** Whether a waiting node gives what a reader of `frame` takes row by row: its rows, or one number of each. */
function isSameProgram(task: RowTask, frame: Shape, { node, as }: RowInput): boolean {
  const [own, reader] = [matrixOf(task.frame), matrixOf(frame)];
  if (own.rows !== reader.rows || own.columns !== reader.columns) return false;
  const result = sizeOf(node.shape);
  return (
    result === own.rows * own.columns || (as === 'any' && result === own.rows && node.shape.at(-1) === 1)
  );
}

const isNumbersOnly = (source: Source): boolean =>
  !isMember(source) ||
  (source.task.inputs.every(({ as }) => as === 'any') && source.sources.every(isNumbersOnly));

const canRead = (source: Source, program: RowProgram): boolean =>
  isMember(source) ? source.sources.every((own) => canRead(own, program)) : program.canRead(source.operand);
