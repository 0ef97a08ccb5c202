/**
 * Collects ONNX nodes and initializers while sharing equal ones. Lowering rules may emit the same helper node
 * twice without cost: `erf x` of a forward pass and of its gradient are one node.
 */
import type { Attributes, AttributeValue, ElementType, OnnxNode, OnnxTensor } from './protobuf.ts';

/** Which kernels the lowering may use. */
export type Flavor =
  | 'cpu' // ONNX Runtime's CPU provider, its com.microsoft fusions included
  | 'cuda' // its CUDA provider: the fusions it has, and nothing whose sums depend on the order of threads
  | 'portable'; // standard operators within the buffer limits of WebGPU

export const int = (value: number): AttributeValue => ({ kind: 'int', value });
export const float = (value: number): AttributeValue => ({ kind: 'float', value });
export const ints = (value: readonly number[]): AttributeValue => ({ kind: 'ints', value });
export const string = (value: string): AttributeValue => ({ kind: 'string', value });
export const graph = (value: Uint8Array): AttributeValue => ({ kind: 'graph', value });

export class Emitter {
  readonly flavor: Flavor;
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  /** Mean and inverse deviation that a LayerNormalization gave beside its result, by input and epsilon. */
  readonly statistics = new Map<string, readonly [mean: string, inverse: string]>();
  private readonly prefix: string;
  private readonly shared = new Map<string, readonly string[]>();
  private readonly constants = new Map<string, string>();
  private readonly identities = new Map<number, string>();
  private count = 0;

  /** `prefix` keeps the names of nested graphs apart from those outside. */
  constructor(flavor: Flavor, prefix = '') {
    this.flavor = flavor;
    this.prefix = prefix;
  }

  /** Emits a node with one result, or returns the result of the equal node; `name` wishes for its name. */
  emit(opType: string, inputs: readonly string[], attributes: Attributes = {}, name?: string): string {
    return this.emitMany(opType, inputs, attributes, 1, name)[0]!;
  }

  /** As `emit`, for nodes with several results. */
  emitMany(
    opType: string,
    inputs: readonly string[],
    attributes: Attributes,
    outputCount: number,
    name?: string,
  ): readonly string[] {
    const key = `${opType}(${inputs.join()})${JSON.stringify(attributes)}`;
    const known = this.shared.get(key);
    if (known) return known;
    const base = name ?? `${this.prefix}${opType}_${this.count++}`;
    const outputs = Array.from({ length: outputCount }, (_, index) =>
      index === 0 ? base : `${base}.${index}`,
    );
    this.nodes.push({
      opType,
      domain: MICROSOFT.has(opType) ? 'com.microsoft' : '',
      inputs,
      outputs,
      attributes,
    });
    this.shared.set(key, outputs);
    return outputs;
  }

  /** Renames a value; the copy is executed, so it is only for values that already carry another name. */
  alias(value: string, name: string): void {
    this.nodes.push({ opType: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: {} });
  }

  floats(values: Float32Array, shape: readonly number[]): string {
    return this.initializer(
      'f32',
      shape,
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
  }
  scalar(value: number): string {
    return this.floats(Float32Array.of(value), []);
  }
  int64s(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.initializer('i64', shape, new Uint8Array(data.buffer));
  }
  int32s(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.initializer('i32', shape, new Uint8Array(Int32Array.from(values).buffer));
  }

  /** The identity matrix of this size; one for all who ask. */
  identity(size: number): string {
    const known = this.identities.get(size);
    if (known) return known;
    const values = new Float32Array(size * size);
    for (let index = 0; index < size; index++) values[index * size + index] = 1;
    const name = this.floats(values, [size, size]);
    this.identities.set(size, name);
    return name;
  }

  private initializer(type: ElementType, shape: readonly number[], bytes: Uint8Array): string {
    const key = bytes.length <= 4096 ? `${type}${shape.join()}:${bytes.join()}` : undefined;
    const known = key && this.constants.get(key);
    if (known) return known;
    const name = `${this.prefix}constant_${this.initializers.length}`;
    this.initializers.push({ name, type, shape, bytes });
    if (key) this.constants.set(key, name);
    return name;
  }
}

const MICROSOFT = new Set(['FusedMatMul', 'GatedAdd']);
