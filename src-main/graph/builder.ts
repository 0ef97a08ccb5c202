/**
 * Builds graphs node by node: checks each node with its shape rule, shares equal nodes, and drops operations
 * that do nothing (reshape to the same shape, multiplication by one, …).
 */
import type { Shape } from '../tensor/shape.ts';
import { sameShape } from '../tensor/shape.ts';
import type { DType, Node, OpAttributes, OpName, TensorType } from './ir.ts';
import { shapeRules } from './shape-rules.ts';

export class GraphBuilder {
  private nextId = 0;
  private readonly shared = new Map<string, Node>();
  private readonly arrayIds = new WeakMap<Float32Array, number>();
  private nextArrayId = 0;

  /** Appends a node, or returns the equal one that is already there. */
  node<K extends OpName>(op: K, inputs: readonly Node[], attributes: OpAttributes[K]): Node {
    const key = `${op}(${inputs.map((input) => input.id)})${this.attributeKey(attributes)}`;
    const known = this.shared.get(key);
    if (known) return known;
    const rule = shapeRules[op] as (inputs: readonly TensorType[], attributes: OpAttributes[K]) => TensorType;
    const { shape, dtype } = rule(inputs, attributes);
    const node = { id: this.nextId++, op, inputs, attributes, shape, dtype } as unknown as Node;
    this.shared.set(key, node);
    return node;
  }

  input(name: string, shape: Shape, dtype: DType = 'f32'): Node {
    return this.node('input', [], { name, shape, dtype });
  }
  scalar(value: number): Node {
    return this.node('constant', [], { values: Float32Array.of(value), shape: [] });
  }
  constant(values: Float32Array, shape: Shape): Node {
    return this.node('constant', [], { values, shape });
  }

  negate = (x: Node): Node => this.node('negate', [x], {});
  exp = (x: Node): Node => this.node('exp', [x], {});
  log = (x: Node): Node => this.node('log', [x], {});
  sqrt = (x: Node): Node => this.node('sqrt', [x], {});
  square = (x: Node): Node => this.node('square', [x], {});
  erf = (x: Node): Node => this.node('erf', [x], {});
  tanh = (x: Node): Node => this.node('tanh', [x], {});
  sigmoid = (x: Node): Node => this.node('sigmoid', [x], {});
  relu = (x: Node): Node => this.node('relu', [x], {});
  positive = (x: Node): Node => this.node('positive', [x], {});
  scaledGelu = (x: Node): Node => this.node('scaledGelu', [x], {});

  add = (a: Node, b: Node): Node => this.node('add', [a, b], {});
  subtract = (a: Node, b: Node): Node => this.node('subtract', [a, b], {});
  multiply = (a: Node, b: Node): Node => (isOne(b) ? a : isOne(a) ? b : this.node('multiply', [a, b], {}));
  divide = (a: Node, b: Node): Node => (isOne(b) ? a : this.node('divide', [a, b], {}));
  minimum = (a: Node, b: Node): Node => this.node('minimum', [a, b], {});
  maximum = (a: Node, b: Node): Node => this.node('maximum', [a, b], {});
  /** x times a fixed factor. */
  scale = (x: Node, factor: number): Node => this.multiply(x, this.scalar(factor));

  matmul(a: Node, b: Node, options: Partial<OpAttributes['matmul']> = {}): Node {
    return this.node('matmul', [a, b], { transposeA: false, transposeB: false, alpha: 1, ...options });
  }
  transpose(x: Node, permutation: readonly number[]): Node {
    return permutation.every((axis, index) => axis === index)
      ? x
      : this.node('transpose', [x], { permutation });
  }
  reshape(x: Node, shape: Shape): Node {
    const base = x.op === 'reshape' ? x.inputs[0]! : x;
    return sameShape(base.shape, shape) ? base : this.node('reshape', [base], { shape });
  }
  slice(x: Node, axis: number, start: number, end: number): Node {
    return start === 0 && end === x.shape[axis] ? x : this.node('slice', [x], { axis, start, end });
  }
  concat(parts: readonly Node[], axis: number): Node {
    return parts.length === 1 ? parts[0]! : this.node('concat', parts, { axis });
  }
  broadcast(x: Node, shape: Shape): Node {
    return sameShape(x.shape, shape) ? x : this.node('broadcast', [x], { shape });
  }
  /** Sum over `axes`, which stay with size 1. */
  reduceSum(x: Node, axes: readonly number[]): Node {
    const worthwhile = axes.filter((axis) => x.shape[axis] !== 1);
    return worthwhile.length === 0 && axes.every((axis) => axis in x.shape)
      ? x
      : this.node('reduceSum', [x], { axes: worthwhile });
  }
  /** Sum over everything, a scalar. */
  sumAll(x: Node): Node {
    return this.reshape(
      this.reduceSum(
        x,
        x.shape.map((_, axis) => axis),
      ),
      [],
    );
  }

  /** `value`, but not before everything in `after` is there. */
  barrier = (value: Node, after: readonly Node[]): Node => this.node('barrier', [value, ...after], {});

  softmax = (x: Node): Node => this.node('softmax', [x], {});
  logSoftmax = (x: Node): Node => this.node('logSoftmax', [x], {});
  layerNorm(x: Node, gain: Node, bias: Node, epsilon: number): Node {
    return this.node('layerNorm', [x, gain, bias], { epsilon });
  }

  gather = (table: Node, ids: Node): Node => this.node('gather', [table, ids], {});
  scatterAdd = (ids: Node, rows: Node, rowCount: number): Node =>
    this.node('scatterAdd', [ids, rows], { rowCount });
  oneHot = (ids: Node, depth: number): Node => this.node('oneHot', [ids], { depth });
  crossEntropy = (logits: Node, targets: Node): Node => this.node('crossEntropy', [logits, targets], {});

  private attributeKey(attributes: object): string {
    return JSON.stringify(attributes, (_, value) => {
      if (!(value instanceof Float32Array)) return value;
      if (value.length === 1) return Object.is(value[0], -0) ? '-0' : String(value[0]);
      if (!this.arrayIds.has(value)) this.arrayIds.set(value, this.nextArrayId++);
      return `array ${this.arrayIds.get(value)}`;
    });
  }
}

function isOne(node: Node): boolean {
  return node.op === 'constant' && node.shape.length === 0 && node.attributes.values[0] === 1;
}
