/**
 * Checkpoints as safetensors files: parameters, optionally both Adam moments, and what is needed to go on, named
 * by the SHA-256 of their bytes. Any safetensors reader opens them.
 *
 * Layout (safetensors format description): 64-bit little-endian header length; a JSON object, padded with spaces to
 * a multiple of 8, that gives each tensor dtype, shape and [begin, end) in the data, and `__metadata__` as a map of
 * strings; then the data without gaps. No clock and no unordered map is involved: equal states give equal bytes.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { z } from 'zod';
import { type Architecture, MAX_LAYERS, MAX_VOCABULARY, modelShapeSchema } from '../contract/architecture.ts';
import { EspalierError, messageOf } from '../contract/errors.ts';
import type { LayerLineage } from '../contract/layer-plan.ts';
import { bytesOf } from '../data/dataset.ts';
import { writeDurably } from '../data/durable-file.ts';
import { unreadable } from '../data/file-access.ts';
import { type ParameterSpec, parameterLayout } from '../model/parameter-layout.ts';
import { sameShape, showShape } from '../tensor/shape.ts';
import type { TensorMap } from '../tensor/tensor-map.ts';

/** What a checkpoint holds. Tensors have the names and sizes of parameterLayout(architecture). */
export interface CheckpointContent {
  readonly architecture: Architecture;
  /** Training steps done since the growing point (or initialisation). */
  readonly step: number;
  readonly parameters: TensorMap;
  /** First and second Adam moments: both or neither. */
  readonly momentM: TensorMap | null;
  readonly momentV: TensorMap | null;
  /** Where each layer came from; null for a model that was not grown. */
  readonly lineage: readonly LayerLineage[] | null;
  /** Further metadata, kept as it is. */
  readonly extra: Readonly<Record<string, string>>;
}

const PREFIX_BYTES = 8;
/** As in the safetensors library: nobody needs a larger header, and a damaged length must not fill the memory. */
const MAX_HEADER_BYTES = 100_000_000;
const FORMAT = 'espalier-checkpoint-1';

const GROUPS = [
  ['parameters', 'parameters.'],
  ['momentM', 'adam.m.'],
  ['momentV', 'adam.v.'],
] as const;

interface TensorPlace {
  readonly dtype: 'F32';
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** `<hash>.safetensors`. */
export const checkpointFileName = (hash: string): string => `${hash}.safetensors`;

/**
 * Writes a checkpoint into the folder as `<hash>.safetensors`, whole or not at all. Writing equal content again
 * gives the same file.
 * @returns SHA-256 of the file's bytes in hex, and their number.
 * @throws EspalierError `bad-input` when tensors do not fit the architecture; `failed` when it cannot be written.
 */
export function writeCheckpoint(folder: string, content: CheckpointContent): { hash: string; bytes: number } {
  const layout = parameterLayout(content.architecture);
  const header: Record<string, TensorPlace | Record<string, string>> = { __metadata__: metadataOf(content) };
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const [group, prefix] of GROUPS) {
    const tensors = content[group];
    if (tensors === null) continue;
    requireLayout(group, tensors, layout);
    for (const { name, shape, size } of layout) {
      header[prefix + name] = { dtype: 'F32', shape, data_offsets: [offset, offset + 4 * size] };
      data.push(bytesOf(tensors.get(name)!));
      offset += 4 * size;
    }
  }
  const json = JSON.stringify(header);
  const headerBytes = Buffer.from(json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeBigUInt64LE(BigInt(headerBytes.length));
  const { hash, bytes } = writeDurably(folder, [prefix, headerBytes, ...data], checkpointFileName);
  return { hash, bytes };
}

function metadataOf({ architecture, step, lineage, extra, momentM, momentV }: CheckpointContent) {
  if (!Number.isSafeInteger(step) || step < 0)
    throw new EspalierError('bad-input', `A checkpoint's step is ${step}; it must be a whole number from 0.`);
  if ((momentM === null) !== (momentV === null))
    throw new EspalierError('bad-input', 'A checkpoint has one Adam moment; it must have both or neither.');
  const own = {
    format: FORMAT,
    architecture: JSON.stringify(architectureOf(architecture)),
    step: String(step),
    ...(lineage === null ? {} : { lineage: JSON.stringify(lineage) }),
  };
  for (const name of Object.keys(extra))
    if (name in own || name === 'lineage')
      throw new EspalierError('bad-input', `"${name}" is a field of every checkpoint; extra may not set it.`);
  const sorted = Object.entries(extra).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...own, ...Object.fromEntries(sorted) };
}

/** The fields of an architecture in a fixed order, whatever the order of the argument's. */
function architectureOf(value: unknown): Architecture {
  const { layers, vocabulary, ...shape } = z
    .looseObject({
      layers: z.number().int().min(0).max(MAX_LAYERS),
      vocabulary: z.number().int().min(1).max(MAX_VOCABULARY),
    })
    .parse(value);
  return { ...modelShapeSchema.parse(shape), layers, vocabulary };
}

function requireLayout(group: string, tensors: TensorMap, layout: readonly ParameterSpec[]): void {
  for (const { name, shape, size } of layout)
    if (tensors.get(name)?.length !== size)
      throw new EspalierError(
        'bad-input',
        `${group} has ${tensors.get(name)?.length ?? 'no'} values for ${name}; its shape ${showShape(shape)} needs ${size}.`,
      );
  if (tensors.size !== layout.length)
    throw new EspalierError(
      'bad-input',
      `${group} has ${tensors.size} tensors; the architecture has ${layout.length}.`,
    );
}

/**
 * Reads a checkpoint. Every byte of the header is distrusted: sizes, offsets, types and shapes must be those that
 * writeCheckpoint would have written for the architecture it names.
 * @param options.verifyHash SHA-256 in hex that the file's bytes must have; left out, it is not verified.
 * @throws EspalierError `bad-input` when the file cannot be opened, `failed` naming file and reason when it is not
 *   a checkpoint, is damaged, or is another file than the hash says.
 */
export function readCheckpoint(
  path: string,
  options: { readonly verifyHash?: string } = {},
): CheckpointContent {
  const file = readWhole(path);
  const damaged = (reason: string, cause?: unknown): EspalierError =>
    new EspalierError('failed', `${path} is not a usable checkpoint: ${reason}.`, {
      hint: 'Delete it; a run goes on from the checkpoint before.',
      cause,
    });
  if (options.verifyHash !== undefined) {
    const hash = createHash('sha256').update(file).digest('hex');
    if (hash !== options.verifyHash)
      throw damaged(`its SHA-256 is ${hash}, it must be ${options.verifyHash}`);
  }
  try {
    return parseCheckpoint(file);
  } catch (error) {
    if (error instanceof LayoutProblem) throw damaged(error.message, error);
    if (error instanceof z.ZodError) throw damaged(`its header is wrong: ${issuesOf(error)}`, error);
    if (error instanceof SyntaxError) throw damaged(`its header is not JSON: ${messageOf(error)}`, error);
    throw error;
  }
}

/** A reason why a file is no checkpoint; readCheckpoint adds the file's name. */
class LayoutProblem extends Error {}

const issuesOf = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    .join('; ');

/** readFileSync stops at 2 GiB; checkpoints may be larger. */
const READ_BYTES = 2 ** 30;

function readWhole(path: string): Buffer {
  let descriptor: number | undefined;
  try {
    if (!statSync(path).isFile()) throw new EspalierError('bad-input', `${path} is not a regular file.`);
    descriptor = openSync(path, 'r');
    const file = Buffer.allocUnsafe(fstatSync(descriptor).size);
    let done = 0;
    while (done < file.length) {
      const count = readSync(descriptor, file, done, Math.min(READ_BYTES, file.length - done), null);
      if (count === 0) break;
      done += count;
    }
    return file.subarray(0, done);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const wholeNumber = z.number().int().min(0);
const placeSchema = z.strictObject({
  dtype: z.literal('F32'),
  shape: z.array(wholeNumber).max(8),
  data_offsets: z.tuple([wholeNumber, wholeNumber]),
});
const metadataSchema = z
  .object({
    format: z.literal(FORMAT),
    architecture: z.string(),
    step: z.string().regex(/^(0|[1-9][0-9]{0,15})$/),
    lineage: z.string().optional(),
  })
  .catchall(z.string());
const headerSchema = z.object({ __metadata__: metadataSchema }).catchall(placeSchema);
const lineageSchema = z.array(
  z.strictObject({
    kind: z.enum(['copy', 'average', 'random', 'zero']),
    from: wholeNumber.nullable(),
    and: wholeNumber.optional(),
    outScale: z.number(),
    outScaleMlp: z.number(),
    noise: z.number(),
  }),
);

function parseCheckpoint(file: Buffer): CheckpointContent {
  if (file.length < PREFIX_BYTES) throw new LayoutProblem(`it has only ${file.length} bytes`);
  const declared = file.readBigUInt64LE();
  if (declared > MAX_HEADER_BYTES || PREFIX_BYTES + Number(declared) > file.length)
    throw new LayoutProblem(`its header length is ${declared}, more than the file or the limit holds`);
  const dataAt = PREFIX_BYTES + Number(declared);
  const header = headerSchema.parse(JSON.parse(decodeHeader(file.subarray(PREFIX_BYTES, dataAt))));
  const { __metadata__: metadata, ...places } = header;
  const { format: _, architecture: architectureJson, step, lineage, ...extra } = metadata;
  const architecture = architectureOf(JSON.parse(architectureJson));
  const layers = lineage === undefined ? null : lineageSchema.parse(JSON.parse(lineage));
  if (layers !== null && layers.length !== architecture.layers)
    throw new LayoutProblem(
      `its lineage has ${layers.length} layers, its architecture ${architecture.layers}`,
    );

  const layout = parameterLayout(architecture);
  const remaining = new Map<string, z.infer<typeof placeSchema>>(Object.entries(places));
  const data = file.subarray(dataAt);
  let offset = 0;
  const readGroup = (prefix: string): Map<string, Float32Array> => {
    const tensors = new Map<string, Float32Array>();
    for (const { name, shape, size } of layout) {
      const place = remaining.get(prefix + name);
      if (place === undefined) throw new LayoutProblem(`the tensor ${prefix}${name} is missing`);
      if (!sameShape(place.shape, shape))
        throw new LayoutProblem(
          `${prefix}${name} has shape ${showShape(place.shape)}, its architecture needs ${showShape(shape)}`,
        );
      const [begin, end] = place.data_offsets;
      // One exact place for each tensor leaves no room for gaps and overlaps.
      if (begin !== offset || end !== offset + 4 * size || end > data.length)
        throw new LayoutProblem(
          `${prefix}${name} lies at bytes ${begin} to ${end}, it must lie at ${offset} to ${offset + 4 * size} of ${data.length}`,
        );
      const values = new Float32Array(size);
      data.copy(bytesOf(values), 0, begin, end);
      tensors.set(name, values);
      remaining.delete(prefix + name);
      offset = end;
    }
    return tensors;
  };
  const parameters = readGroup('parameters.');
  const hasMoments = remaining.size > 0;
  const momentM = hasMoments ? readGroup('adam.m.') : null;
  const momentV = hasMoments ? readGroup('adam.v.') : null;
  if (remaining.size > 0)
    throw new LayoutProblem(`the tensor ${[...remaining.keys()][0]} does not belong to its architecture`);
  if (offset !== data.length) throw new LayoutProblem(`${data.length - offset} bytes follow its last tensor`);
  return { architecture, step: Number(step), parameters, momentM, momentV, lineage: layers, extra };
}

function decodeHeader(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new LayoutProblem('its header is not UTF-8');
  }
}
