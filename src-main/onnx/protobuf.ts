/**
 * The messages of onnx.proto that a graph needs (ONNX 1.16, IR version 10), written with field numbers from
 * the specification. Only what this project emits is here.
 */
import { BinaryWriter } from '@bufbuild/protobuf/wire';

export type ElementType = 'f32' | 'i32' | 'i64' | 'bool';

/** TensorProto.DataType. */
export const ELEMENT_CODES: Readonly<Record<ElementType, number>> = { f32: 1, i32: 6, i64: 7, bool: 9 };
/** Of the 16-bit types, which only casts name. */
export const HALF_CODES = { float16: 10, bfloat16: 16 } as const;

/** A whole number, a float, a text or a list of whole numbers; `graph` holds an encoded GraphProto. */
export type AttributeValue =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'graph'; readonly value: Uint8Array };

export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface OnnxNode {
  readonly opType: string;
  /** Empty for the standard operators, `com.microsoft` for the runtime's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  /** A text is a size known at run time. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export const OPSET = 21;
const IR_VERSION = 10;

const LENGTH_DELIMITED = 2;
const VARINT = 0;
const FIXED32 = 5;

const message = (writer: BinaryWriter, field: number, body: Uint8Array): BinaryWriter =>
  writer.tag(field, LENGTH_DELIMITED).bytes(body);
const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, LENGTH_DELIMITED).string(value);
const whole = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, VARINT).int64(value);

/** AttributeProto. */
function attributeBytes(name: string, attribute: AttributeValue): Uint8Array {
  const writer = text(new BinaryWriter(), 1, name);
  switch (attribute.kind) {
    case 'float':
      writer.tag(2, FIXED32).float(attribute.value);
      return whole(writer, 20, 1).finish();
    case 'int':
      whole(writer, 3, attribute.value);
      return whole(writer, 20, 2).finish();
    case 'string':
      text(writer, 4, attribute.value);
      return whole(writer, 20, 3).finish();
    case 'graph':
      message(writer, 6, attribute.value);
      return whole(writer, 20, 5).finish();
    case 'ints':
      for (const value of attribute.value) whole(writer, 8, value);
      return whole(writer, 20, 7).finish();
  }
}

/** NodeProto. */
function nodeBytes(node: OnnxNode): Uint8Array {
  const writer = new BinaryWriter();
  for (const input of node.inputs) text(writer, 1, input);
  for (const output of node.outputs) text(writer, 2, output);
  text(writer, 3, node.outputs[0] ?? node.opType);
  text(writer, 4, node.opType);
  for (const [name, value] of Object.entries(node.attributes))
    message(writer, 5, attributeBytes(name, value));
  if (node.domain) text(writer, 7, node.domain);
  return writer.finish();
}

/** TensorProto with raw little-endian data. */
function tensorBytes(tensor: OnnxTensor): Uint8Array {
  const writer = new BinaryWriter();
  for (const size of tensor.shape) whole(writer, 1, size);
  whole(writer, 2, ELEMENT_CODES[tensor.type]);
  text(writer, 8, tensor.name);
  writer.tag(9, LENGTH_DELIMITED).bytes(tensor.bytes);
  return writer.finish();
}

/** ValueInfoProto of a tensor. */
function valueBytes(value: OnnxValue): Uint8Array {
  const shape = new BinaryWriter();
  for (const size of value.shape) {
    const dimension = new BinaryWriter();
    if (typeof size === 'number') whole(dimension, 1, size);
    else text(dimension, 2, size);
    message(shape, 1, dimension.finish());
  }
  const tensorType = message(whole(new BinaryWriter(), 1, ELEMENT_CODES[value.type]), 2, shape.finish());
  const type = message(new BinaryWriter(), 1, tensorType.finish());
  return message(text(new BinaryWriter(), 1, value.name), 2, type.finish()).finish();
}

/** GraphProto. */
export function graphBytes(graph: OnnxGraph): Uint8Array {
  const writer = new BinaryWriter();
  for (const node of graph.nodes) message(writer, 1, nodeBytes(node));
  text(writer, 2, graph.name);
  for (const tensor of graph.initializers) message(writer, 5, tensorBytes(tensor));
  for (const input of graph.inputs) message(writer, 11, valueBytes(input));
  for (const output of graph.outputs) message(writer, 12, valueBytes(output));
  return writer.finish();
}

/** ModelProto: the bytes of an .onnx file. */
export function modelBytes(graph: OnnxGraph, metadata: Readonly<Record<string, string>>): Uint8Array {
  const writer = whole(new BinaryWriter(), 1, IR_VERSION);
  text(writer, 2, 'espalier');
  message(writer, 7, graphBytes(graph));
  message(writer, 8, whole(text(new BinaryWriter(), 1, ''), 2, OPSET).finish());
  message(writer, 8, whole(text(new BinaryWriter(), 1, 'com.microsoft'), 2, 1).finish());
  for (const [key, value] of Object.entries(metadata))
    message(writer, 14, text(text(new BinaryWriter(), 1, key), 2, value).finish());
  return writer.finish();
}
