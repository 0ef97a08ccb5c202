/**
 * Numbers in columns of type ANY. SQLite keeps infinities and negative zero but turns NaN into NULL, which already
 * means "not measured"; so NaN is the text 'NaN'. Numbers sort before text: ORDER BY puts NaN last.
 */
export type StoredNumber = number | 'NaN';

export function toStoredNumber(value: number): StoredNumber;
export function toStoredNumber(value: number | null): StoredNumber | null;
export function toStoredNumber(value: number | null): StoredNumber | null {
  return Number.isNaN(value) ? 'NaN' : value;
}

export function fromStoredNumber(value: StoredNumber): number;
export function fromStoredNumber(value: StoredNumber | null): number | null;
export function fromStoredNumber(value: StoredNumber | null): number | null {
  return value === 'NaN' ? Number.NaN : value;
}

/** The float32 values as little-endian bytes. */
export function toFloatBytes(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** A copy, because a buffer from the database need not begin at a multiple of four. */
export function fromFloatBytes(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
