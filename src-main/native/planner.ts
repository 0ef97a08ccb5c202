/**
 * Turns a graph into units of work. Views make slices, transposes and broadcasts free; products take their operands as
 * they lie; everything that looks at one row at a time is gathered into as few row programs as the order of the graph
 * allows, so that a value is fetched from memory once for all that is done with it.
 */
import type { Graph, Node } from '../graph/ir.ts';
import type { Shape } from '../tensor/shape.ts';
import { sameShape, sizeOf } from '../tensor/shape.ts';
import { productAxes } from './product-axes.ts';
import { RowProgram } from './row-program.ts';
import type { RowNode, RowWriter } from './row-rules.ts';
import { applyRowRule, isRowNode } from './row-rules.ts';
import { Triangles } from './triangles.ts';
import type { RowOperand, RowUnit, Triangle, Unit } from './units.ts';
import type { Storage, View } from './view.ts';
import {
  broadcastView,
  isContiguous,
  matrixOf,
  permutedView,
  reshapedView,
  rowAddress,
  slicedView,
  wholeView,
} from './view.ts';

type NodeOf<K extends Node['op']> = Extract<Node, { op: K }>;

/** What the first operand of a row program has to be: `table` is read at ids, `row` is a whole row. */
type FirstOperand = 'any' | 'row' | 'table';

/** A value and the number of the first unit that may read it. */
interface Located {
  readonly view: View;
  readonly ready: number;
}

export interface UnitList {
  readonly units: readonly Unit[];
  /** Storage of every output by name; each is its own. */
  readonly outputs: ReadonlyMap<string, Storage>;
  readonly constants: readonly { readonly storage: Storage; readonly values: Float32Array }[];
}

export function unitsOf(graph: Graph): UnitList {
  return new Planner(graph).plan();
}

class Planner {
  private readonly graph: Graph;
  private readonly units: Unit[] = [];
  private readonly programs = new Map<number, RowProgram>();
  private readonly values = new Map<Node, Located>();
  private readonly consumers = new Map<Node, Node[]>();
  /** Products whose only consumer is an addition, which may become part of them. */
  private readonly pending = new Set<NodeOf<'matmul'>>();
  private readonly constants: { storage: Storage; values: Float32Array }[] = [];
  private readonly constantNumbers = new Map<number, RowOperand>();
  private readonly triangles: Triangles;

  constructor(graph: Graph) {
    this.graph = graph;
    for (const node of graph.nodes)
      for (const input of new Set(node.inputs))
        this.consumers.set(input, [...(this.consumers.get(input) ?? []), node]);
    this.triangles = new Triangles(graph, (node) => this.consumers.get(node) ?? []);
  }

  plan(): UnitList {
    const kept = new Set(this.graph.outputs.values());
    for (const node of this.graph.nodes) {
      const [only, ...others] = this.consumers.get(node) ?? [];
      if (node.op === 'matmul' && only?.op === 'add' && others.length === 0 && !kept.has(node))
        this.pending.add(node);
      else this.values.set(node, this.locate(node));
    }
    const outputs = new Map<string, Storage>();
    for (const [name, node] of this.graph.outputs) outputs.set(name, this.asOutput(name, node));
    return { units: this.units, outputs, constants: this.constants };
  }

  private value(node: Node): Located {
    if (node.op === 'matmul' && this.pending.delete(node)) this.values.set(node, this.matmul(node));
    return this.values.get(node)!;
  }

  private locate(node: Node): Located {
    switch (node.op) {
      case 'input': {
        const { name } = node.attributes;
        return { view: wholeView(newStorage(sizeOf(node.shape), 'input', name), node.shape), ready: 0 };
      }
      case 'constant':
        return { view: this.constantView(node.attributes.values, node.shape), ready: 0 };
      case 'reshape': {
        const [input] = node.inputs;
        const { view, ready } = this.value(input!);
        const reshaped = reshapedView(view, node.shape);
        if (reshaped) return { view: reshaped, ready };
        const moved = this.contiguous(input!);
        return { view: reshapedView(moved.view, node.shape)!, ready: moved.ready };
      }
      case 'transpose': {
        const { view, ready } = this.value(node.inputs[0]!);
        return { view: permutedView(view, node.attributes.permutation), ready };
      }
      case 'slice': {
        const { view, ready } = this.value(node.inputs[0]!);
        const { axis, start, end } = node.attributes;
        return { view: slicedView(view, axis, start, end), ready };
      }
      case 'broadcast': {
        const { view, ready } = this.value(node.inputs[0]!);
        return { view: broadcastView(view, node.shape), ready };
      }
      case 'barrier': {
        const inputs = node.inputs.map((input) => this.value(input));
        return { view: inputs[0]!.view, ready: Math.max(...inputs.map(({ ready }) => ready)) };
      }
      case 'concat':
        return this.concat(node);
      case 'reduceSum':
        return this.reduceSum(node);
      case 'scatterAdd': {
        const [ids, rows] = node.inputs.map((input) => this.contiguous(input).view);
        const target = wholeView(newStorage(sizeOf(node.shape)), node.shape);
        return this.push({ kind: 'scatterAdd', ids: ids!, rows: rows!, target }, target);
      }
      case 'matmul':
        return this.matmul(node);
      case 'add':
        return this.addition(node) ?? this.rowNode(node);
      default:
        if (isRowNode(node)) return this.rowNode(node);
        throw new Error(`no plan for ${(node as Node).op}`);
    }
  }

  private push(unit: Unit, view: View): Located {
    this.units.push(unit);
    return { view, ready: this.units.length };
  }

  private constantView(values: Float32Array, shape: Shape): View {
    const storage = newStorage(values.length, 'constant');
    this.constants.push({ storage, values });
    return wholeView(storage, shape);
  }

  private constantNumber(value: number): RowOperand {
    const known = this.constantNumbers.get(value);
    if (known) return known;
    const { storage } = this.constantView(Float32Array.of(value), []);
    const operand = { storage, offset: 0, isNumber: true, divisor: 1, modulus: 1, stride: 0 };
    this.constantNumbers.set(value, operand);
    return operand;
  }

  /** The value of a node in one piece, moved there where it is not. */
  private contiguous(node: Node): Located {
    const located = this.value(node);
    if (isContiguous(located.view)) return located;
    const moved = this.moved(located.view);
    this.values.set(node, moved);
    return moved;
  }

  private moved(source: View): Located {
    const target = wholeView(newStorage(sizeOf(source.shape)), source.shape);
    return this.push({ kind: 'copy', source, target }, target);
  }

  private concat(node: NodeOf<'concat'>): Located {
    const { axis } = node.attributes;
    const whole = wholeView(newStorage(sizeOf(node.shape)), node.shape);
    let start = 0;
    for (const input of node.inputs) {
      const end = start + input.shape[axis]!;
      const target = slicedView(whole, axis, start, end);
      this.units.push({ kind: 'copy', source: this.value(input).view, target });
      start = end;
    }
    return { view: whole, ready: this.units.length };
  }

  /**
   * A product, with the bias of the addition `result` where one is given; otherwise `result` is the product's own node.
   * What only a transpose reads is written so that the transpose has it in one piece.
   */
  private product(node: NodeOf<'matmul'>, result: Node, bias: View | null): Located {
    const [only, ...others] = this.consumers.get(result) ?? [];
    const last = node.shape.length - 1;
    const turned =
      only?.op === 'transpose' && others.length === 0 && only.attributes.permutation[last] === last
        ? only.attributes.permutation
        : node.shape.map((_, axis) => axis);
    const shape = turned.map((axis) => node.shape[axis]!);
    const inverse = turned.map((_, axis) => turned.indexOf(axis));
    const target = permutedView(wholeView(newStorage(sizeOf(shape)), shape), inverse);
    return this.multiply(node, target, bias, false);
  }

  private multiply(node: NodeOf<'matmul'>, target: View, bias: View | null, accumulate: boolean): Located {
    const { transposeA, transposeB, alpha } = node.attributes;
    const operand = (input: Node, transposed: boolean, whole: boolean): View => {
      const { view } = whole ? this.contiguous(input) : this.value(input);
      const axes = view.shape.map((_, axis) => axis);
      return transposed ? permutedView(view, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]) : view;
    };
    const [left, right] = node.inputs as [Node, Node];
    const axes =
      productAxes(operand(left, transposeA, false), operand(right, transposeB, false), target) ??
      productAxes(operand(left, transposeA, true), operand(right, transposeB, true), target);
    if (!axes) throw new Error(`product of ${node.shape.length} axes does not fit into a plan`);
    const triangle = axes.result.shape[2] === node.shape.at(-2) ? this.triangleOf(node) : 'none';
    return this.push({ kind: 'product', alpha, ...axes, bias, accumulate, triangle }, target);
  }

  private triangleOf(node: NodeOf<'matmul'>): Triangle {
    if (this.triangles.isSeenBelowOnly(node)) return 'lowerResult';
    if (!this.triangles.isLower(node.inputs[0]!)) return 'none';
    return node.attributes.transposeA ? 'upperLeft' : 'lowerLeft';
  }

  private matmul(node: NodeOf<'matmul'>): Located {
    return this.isRowDot(node) ? this.rowDot(node) : this.product(node, node, null);
  }

  /** A product of rows with one column is a sum for each row. */
  private isRowDot({ inputs: [a, b], attributes, shape }: NodeOf<'matmul'>): boolean {
    return (
      shape.at(-1) === 1 &&
      !attributes.transposeA &&
      !attributes.transposeB &&
      b!.shape.length === 2 &&
      isContiguous(this.value(a!).view)
    );
  }

  private rowDot(node: NodeOf<'matmul'>): Located {
    const [a, b] = node.inputs as [Node, Node];
    const row: Located = {
      view: reshapedView(this.contiguous(b).view, [b.shape[0]!])!,
      ready: this.value(b).ready,
    };
    return this.inRowProgram(
      a.shape,
      [this.value(a), row],
      ({ operands, emit }) => emit('rowDot', operands[0]!, operands[1], node.attributes.alpha),
      node.shape,
      'row',
    );
  }

  /** An addition that a product takes in: its bias, or another product. */
  private addition(node: NodeOf<'add'>): Located | null {
    const [left, right] = node.inputs as [Node, Node];
    for (const [own, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (own.op !== 'matmul' || !this.pending.has(own)) continue;
      if (this.isRowDot(own)) continue;
      if (other.shape.length === 1 && other.shape[0] === own.shape.at(-1) && own.shape.length > 1) {
        this.pending.delete(own);
        return this.product(own, node, this.contiguous(other).view);
      }
      if (!sameShape(other.shape, own.shape) || other === own) continue;
      const { view } = this.value(other);
      if (!this.isSumOfOne(other, view)) continue;
      this.pending.delete(own);
      return this.multiply(own, view, null, true);
    }
    return null;
  }

  /** Whether a value was made by a product or a sum of rows for nothing but one addition, so that it may be added to. */
  private isSumOfOne(node: Node, view: View): boolean {
    const isOwn =
      node.op === 'scatterAdd' || node.op === 'matmul' || (node.op === 'add' && this.isProduct(view.storage));
    return isOwn && this.consumers.get(node)!.length === 1 && this.isLast(view.storage);
  }

  private isProduct(storage: Storage): boolean {
    return this.units.some((unit) => unit.kind === 'product' && unit.result.storage === storage);
  }

  /** Whether it is a place of its own, which no row program of an earlier unit would read after the change. */
  private isLast(storage: Storage): boolean {
    return (
      storage.place === 'arena' && ![...this.programs.values()].some((program) => program.touches(storage))
    );
  }

  private reduceSum(node: NodeOf<'reduceSum'>): Located {
    const input = node.inputs[0]!;
    const { axes } = node.attributes;
    const rank = input.shape.length;
    const kept = input.shape.filter((_, axis) => !axes.includes(axis));
    const isSuffix = axes.every((axis) => axis >= rank - axes.length);
    if (isSuffix) {
      const inner = sizeOf(node.attributes.axes.map((axis) => input.shape[axis]!));
      const { view, ready } = axes.length === 1 ? this.value(input) : this.contiguous(input);
      const shape = axes.length === 1 ? input.shape : [...kept, inner];
      const rows = { view: reshapedView(view, shape)!, ready };
      return this.inRowProgram(
        shape,
        [rows],
        ({ operands, emit }) => emit('rowSum', operands[0]!),
        node.shape,
        'row',
      );
    }
    const target = wholeView(newStorage(sizeOf(node.shape)), node.shape);
    const address = rowAddress(broadcastView(target, input.shape));
    const { view, ready } = this.contiguous(input);
    if (!axes.includes(rank - 1) && address) {
      const frame = matrixOf(input.shape);
      const [at, operands] = this.placeFor(input.shape, [{ view, ready }], 'row');
      this.program(at, frame).sumColumns(operands[0]!, {
        storage: target.storage,
        offset: 0,
        isNumber: false,
        ...address,
      });
      return { view: target, ready: at + 1 };
    }
    return this.push({ kind: 'reduce', source: view, target: broadcastView(target, input.shape) }, target);
  }

  private rowNode(node: RowNode): Located {
    const [first, second] = node.inputs as [Node, Node];
    const asNumbers = (ids: Node): Located => {
      const { view, ready } = this.contiguous(ids);
      return { view: reshapedView(view, [...ids.shape, 1])!, ready };
    };
    switch (node.op) {
      case 'gather':
        return this.inRowProgram(
          node.shape,
          [this.contiguous(first), asNumbers(second)],
          (writer) => applyRowRule(writer, node),
          node.shape,
          'table',
        );
      case 'oneHot':
        return this.inRowProgram(
          node.shape,
          [asNumbers(first)],
          (writer) => applyRowRule(writer, node),
          node.shape,
        );
      case 'crossEntropy':
        return this.inRowProgram(
          first.shape,
          [this.value(first), asNumbers(second)],
          (writer) => applyRowRule(writer, node),
          node.shape,
          'row',
        );
      case 'softmax':
      case 'logSoftmax':
      case 'layerNorm':
      case 'layerNormMean':
      case 'layerNormInverseDeviation':
        return this.inRowProgram(
          first.shape,
          node.inputs.map((input) => this.value(input)),
          (writer) => applyRowRule(writer, node),
          node.shape,
          'row',
        );
      default:
        return this.inRowProgram(
          node.shape,
          node.inputs.map((input) => this.value(input)),
          (writer) => applyRowRule(writer, node),
          node.shape,
        );
    }
  }

  /** Writes instructions over the rows of `frame`; the result has `shape`. */
  private inRowProgram(
    frame: Shape,
    inputs: readonly Located[],
    write: (writer: RowWriter) => RowOperand,
    shape: Shape,
    first: FirstOperand = 'any',
  ): Located {
    const [at, operands] = this.placeFor(frame, inputs, first);
    const program = this.program(at, matrixOf(frame));
    const written = write({
      operands,
      emit: (operation, a, b = a, constant = 0) => program.emit(operation, a, b, constant),
      constant: (value) => this.constantNumber(value),
    });
    const isSpread = written.storage.words !== sizeOf(shape);
    const result = isSpread ? program.emit('copy', written, written, 0) : written;
    return { view: wholeView(result.storage, shape), ready: at };
  }

  /** The number of the unit that computes over the rows of `frame`, an existing row program or a new one, and its operands. */
  private placeFor(frame: Shape, inputs: readonly Located[], first: FirstOperand): [number, RowOperand[]] {
    const { rows, columns } = matrixOf(frame);
    const located = inputs.map((input, index) =>
      first === 'table' && index === 0
        ? { ...input, operand: tableOperand(input.view) }
        : this.rowOperand(input, frame, first === 'row' && index === 0),
    );
    const operands = located.map(({ operand }) => operand);
    const earliest = Math.max(0, ...located.map(({ ready }) => ready));
    for (let at = earliest; at < this.units.length; at++) {
      const program = this.programs.get(at);
      const isNumbers = columns === 1 && first === 'any';
      const fits = program && program.unit.rows === rows && (program.unit.columns === columns || isNumbers);
      if (fits && operands.every((operand) => program.canRead(operand))) return [at, operands];
    }
    return [this.units.length, operands];
  }

  private program(at: number, { rows, columns }: { rows: number; columns: number }): RowProgram {
    const known = this.programs.get(at);
    if (known) return known;
    const unit: RowUnit = { kind: 'rows', rows, columns, instructions: [] };
    const program = new RowProgram(unit);
    this.units.push(unit);
    this.programs.set(at, program);
    return program;
  }

  /** How rows of a value are found in `frame`; it is moved where no rule finds them. */
  private rowOperand(
    input: Located,
    frame: Shape,
    isRow: boolean,
  ): Located & { readonly operand: RowOperand } {
    const shape = frame.length === 0 ? [1] : frame;
    for (const attempt of [
      () => input,
      () => this.moved(input.view),
      () => this.moved(broadcastView(input.view, shape)),
    ]) {
      const { view, ready } = attempt();
      const seen = broadcastView(view.shape.length === 0 ? reshapedView(view, [1])! : view, shape);
      const address = rowAddress(seen);
      const step = seen.strides.at(-1)!;
      const columns = shape.at(-1)!;
      if (!address || (columns > 1 && step !== 1 && (step !== 0 || isRow))) continue;
      const isNumber = columns === 1 || step === 0;
      return { view, ready, operand: { storage: view.storage, offset: view.offset, isNumber, ...address } };
    }
    throw new Error('a moved value has rows');
  }

  private asOutput(name: string, node: Node): Storage {
    const { view } = this.value(node);
    const { storage } = view;
    if (
      storage.place === 'arena' &&
      view.offset === 0 &&
      isContiguous(view) &&
      storage.words === sizeOf(view.shape)
    )
      return Object.assign(storage, { place: 'output', name });
    const target = wholeView(newStorage(sizeOf(node.shape), 'output', name), node.shape);
    this.units.push({ kind: 'copy', source: view, target });
    return target.storage;
  }
}

const newStorage = (words: number, place: Storage['place'] = 'arena', name = ''): Storage => ({
  words,
  place,
  name,
  offset: 0,
});

const tableOperand = ({ storage, offset }: View): RowOperand => ({
  storage,
  offset,
  isNumber: false,
  divisor: 1,
  modulus: 1,
  stride: 0,
});
