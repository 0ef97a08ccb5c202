/**
 * Turns a graph into units of work. Views make slices, transposes and broadcasts free; products take their operands as
 * they lie; everything that looks at one row at a time is gathered into as few row programs as the order of the graph
 * allows, so that a value is fetched from memory once for all that is done with it.
 */
import type { Graph, Node } from '../graph/ir.ts';
import type { Shape } from '../tensor/shape.ts';
import { sameShape, sizeOf } from '../tensor/shape.ts';
import { productAxes } from './product-axes.ts';
import type { Located, RowInput, RowTask } from './row-placement.ts';
import { RowPlacement } from './row-placement.ts';
import { applyRowRule, isRowNode } from './row-rules.ts';
import { Triangles } from './triangles.ts';
import type { RowOperand, Triangle, Unit } from './units.ts';
import type { Storage, View } from './view.ts';
import {
  broadcastView,
  isContiguous,
  newStorage,
  permutedView,
  reshapedView,
  rowAddress,
  slicedView,
  wholeView,
} from './view.ts';

type NodeOf<K extends Node['op']> = Extract<Node, { op: K }>;

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
  private readonly values = new Map<Node, Located>();
  private readonly consumers = new Map<Node, Node[]>();
  /** Products whose only consumer is an addition, which may become part of them. */
  private readonly pending = new Set<NodeOf<'matmul'>>();
  /** Row nodes that nothing has needed so far. */
  private readonly waiting = new Map<Node, RowTask>();
  private readonly rows: RowPlacement;
  private readonly constants: { storage: Storage; values: Float32Array }[] = [];
  private readonly constantNumbers = new Map<number, RowOperand>();
  private readonly triangles: Triangles;

  constructor(graph: Graph) {
    this.graph = graph;
    for (const node of graph.nodes)
      for (const input of new Set(node.inputs))
        this.consumers.set(input, [...(this.consumers.get(input) ?? []), node]);
    this.triangles = new Triangles(graph, (node) => this.consumers.get(node) ?? []);
    this.rows = new RowPlacement(this.units, {
      waiting: (node) => this.waiting.get(node),
      value: (node) => this.value(node),
      contiguous: (node) => this.contiguous(node),
      moved: (view) => this.moved(view),
      placed: (node, value) => {
        this.waiting.delete(node);
        this.values.set(node, value);
      },
      constantNumber: (value) => this.constantNumber(value),
    });
  }

  plan(): UnitList {
    for (const node of this.graph.nodes) this.visit(node);
    const outputs = new Map<string, Storage>();
    for (const [name, node] of this.graph.outputs) outputs.set(name, this.asOutput(name, node));
    return { units: this.units, outputs, constants: this.constants };
  }

  /** Row nodes wait, and so do products that an addition may take in; all else is computed as the graph says. */
  private visit(node: Node): void {
    const fused = node.op === 'add' ? this.addition(node) : null;
    if (fused) return void this.values.set(node, fused);
    const task = this.taskOf(node);
    if (task) return void this.waiting.set(node, task);
    if (node.op === 'matmul' && this.isForAddition(node)) return void this.pending.add(node);
    this.values.set(node, this.locate(node));
  }

  private isForAddition(node: NodeOf<'matmul'>): boolean {
    const [only, ...others] = this.consumers.get(node) ?? [];
    return only?.op === 'add' && others.length === 0 && !this.isOutput(node);
  }

  private isOutput(node: Node): boolean {
    return [...this.graph.outputs.values()].includes(node);
  }

  private value(node: Node): Located {
    const task = this.waiting.get(node);
    if (task) this.rows.place(node, task);
    if (node.op === 'matmul' && this.pending.delete(node))
      this.values.set(node, this.product(node, node, null));
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
        return this.product(node, node, null);
      default:
        throw new Error(`no plan for ${node.op}`);
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
    const { transposeA, transposeB, alpha, precision } = node.attributes;
    if (precision) throw new Error(`a plan multiplies in float32, not in ${precision}`);
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

  /** An addition that a product takes in: its bias, or another product. */
  private addition(node: NodeOf<'add'>): Located | null {
    const [left, right] = node.inputs as [Node, Node];
    for (const [own, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (own.op !== 'matmul' || !this.pending.has(own)) continue;
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
      node.op === 'scatterAdd' ||
      ((node.op === 'matmul' || node.op === 'add') && this.isProduct(view.storage));
    return isOwn && this.consumers.get(node)!.length === 1 && !this.isOutput(node);
  }

  private isProduct(storage: Storage): boolean {
    return this.units.some((unit) => unit.kind === 'product' && unit.result.storage === storage);
  }

  /** Sums over rows; those within rows are row nodes. */
  private reduceSum(node: NodeOf<'reduceSum'>): Located {
    const input = node.inputs[0]!;
    const target = wholeView(newStorage(sizeOf(node.shape)), node.shape);
    const seen = broadcastView(target, input.shape);
    const address = rowAddress(seen);
    if (!node.attributes.axes.includes(input.shape.length - 1) && address) {
      const at = this.rows.sumColumns(input, {
        storage: target.storage,
        offset: 0,
        isNumber: false,
        ...address,
      });
      return { view: target, ready: at + 1 };
    }
    return this.push({ kind: 'reduce', source: this.value(input).view, target: seen }, target);
  }

  /** What a node that looks at one row at a time has to do; null for all others. */
  private taskOf(node: Node): RowTask | null {
    const { shape } = node;
    const [first, second] = node.inputs as [Node, Node];
    const rank = first?.shape.length ?? 0;
    if (node.op === 'reduceSum' && node.attributes.axes.every((axis) => axis === rank - 1))
      return {
        frame: first.shape,
        shape,
        inputs: [{ node: first, as: 'row' }],
        write: ({ operands, emit }) => emit('rowSum', operands[0]!),
      };
    if (node.op === 'matmul' && isRowDot(node))
      return {
        frame: first.shape,
        shape,
        inputs: [
          { node: first, as: 'row' },
          { node: second, as: 'vector' },
        ],
        write: ({ operands, emit }) => emit('rowDot', operands[0]!, operands[1], node.attributes.alpha),
      };
    if (!isRowNode(node)) return null;
    const task = (frame: Shape, inputs: readonly RowInput['as'][]): RowTask => ({
      frame,
      shape,
      inputs: node.inputs.map((input, index) => ({ node: input, as: inputs[index] ?? 'any' })),
      write: (writer) => applyRowRule(writer, node),
    });
    switch (node.op) {
      case 'gather':
        return task(shape, ['table', 'id']);
      case 'oneHot':
        return task(shape, ['id']);
      case 'crossEntropy':
        return task(first.shape, ['row', 'id']);
      case 'softmax':
      case 'logSoftmax':
      case 'layerNorm':
      case 'layerNormMean':
      case 'layerNormInverseDeviation':
        return task(first.shape, ['row']);
      default:
        return task(shape, []);
    }
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

/** A product of rows with one column is one number for each row. */
const isRowDot = ({ inputs: [, column], attributes, shape }: NodeOf<'matmul'>): boolean =>
  shape.at(-1) === 1 && !attributes.transposeA && !attributes.transposeB && column!.shape.length === 2;
