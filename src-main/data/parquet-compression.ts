/** Decompression for Parquet pages by Node's zlib; Snappy is in the reader itself. */
import * as zlib from 'node:zlib';
import type { Compressors } from 'hyparquet';

/** Codecs that Parquet files of this program and of pandas, Polars, DuckDB and Spark use, by Parquet's name. */
export const PARQUET_DECOMPRESSORS: Compressors = {
  GZIP: (input, length) => exact(zlib.gunzipSync(input, { maxOutputLength: Math.max(1, length) })),
  BROTLI: (input, length) =>
    exact(zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) })),
  ZSTD: (input, length) => exact(zlib.zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) })),
};

/** GZIP is the codec that every reader of Parquet knows and that packs split floats well. */
export const PARQUET_COMPRESSORS = {
  GZIP: (input: Uint8Array): Uint8Array => exact(zlib.gzipSync(input, { level: 9 })),
};

/** A view without Buffer's methods: its `slice` shares memory, which readers of typed arrays do not expect. */
const exact = (bytes: Buffer): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
