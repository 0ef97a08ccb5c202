/**
 * What is in a safetensors file, read from its header alone: a 64-bit little-endian length, then JSON that gives each
 * tensor a type, a shape and its place in the data. No weight is read, so a file of any size is known at once.
 */
import { z } from 'zod';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { SAFETENSORS_WORDS as words } from '../words/safetensors.ts';

const PREFIX_BYTES = 8;
/** As in the safetensors library. */
const MOST_HEADER_BYTES = 100_000_000;

/** Bytes of one element. */
const DTYPE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

const whole = z.number().int().min(0);
const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(whole),
  data_offsets: z.tuple([whole, whole]),
});

export interface HeldTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface SafetensorsFacts {
  readonly name: string;
  /** Of the whole file. */
  readonly bytes: number;
  readonly tensors: readonly HeldTensor[];
  /** Of `__metadata__`, in the order of the file. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
}

const refuse = (name: string, why: string): EspalierError =>
  new EspalierError('bad-input', words.damaged(name, why), { hint: words.damagedHint });

/** @throws EspalierError `bad-input` with what is wrong with the file */
export async function readSafetensorsHeader(file: File): Promise<SafetensorsFacts> {
  const { name, size } = file;
  if (size < PREFIX_BYTES) throw refuse(name, words.tooShort(size));
  const prefix = new DataView(await file.slice(0, PREFIX_BYTES).arrayBuffer());
  const length = Number(prefix.getBigUint64(0, true));
  if (length > MOST_HEADER_BYTES || length > size - PREFIX_BYTES)
    throw refuse(name, words.wrongLength(length, size));
  const text = await file.slice(PREFIX_BYTES, PREFIX_BYTES + length).text();
  const entries = entriesOf(name, text);
  const dataBytes = size - PREFIX_BYTES - length;
  const tensors = entries
    .filter(([key]) => key !== '__metadata__')
    .map(([key, value]) => tensorOf(name, key, value, dataBytes));
  return { name, bytes: size, tensors, metadata: metadataOf(name, entries) };
}

function entriesOf(name: string, text: string): [string, unknown][] {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw refuse(name, words.noJson);
  }
  if (header === null || typeof header !== 'object' || Array.isArray(header))
    throw refuse(name, words.noJson);
  return Object.entries(header);
}

function metadataOf(name: string, entries: readonly [string, unknown][]): [string, string][] {
  const found = entries.find(([key]) => key === '__metadata__')?.[1] ?? {};
  const parsed = z.record(z.string(), z.string()).safeParse(found);
  if (!parsed.success) throw refuse(name, words.wrongMetadata);
  return Object.entries(parsed.data);
}

function tensorOf(file: string, name: string, value: unknown, dataBytes: number): HeldTensor {
  const parsed = tensorSchema.safeParse(value);
  if (!parsed.success) throw refuse(file, words.wrongTensor(name));
  const { dtype, shape, data_offsets } = parsed.data;
  const [begin, end] = data_offsets;
  const elementBytes = DTYPE_BYTES[dtype];
  const bytes = end - begin;
  if (end > dataBytes || bytes < 0) throw refuse(file, words.outside(name, end, dataBytes));
  const wanted = shape.reduce((product, size) => product * size, elementBytes ?? Number.NaN);
  if (elementBytes !== undefined && wanted !== bytes)
    throw refuse(file, words.wrongSize(name, wanted, bytes));
  return { name, dtype, shape };
}
