/**
 * Which package holds the CUDA files of this very version of the runtime, and which feeds have it. The runtime brings
 * that along for its own install script, so no name, version or address stands here.
 */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { EspalierError } from '../contract/errors.ts';
import { CUDA_FILES } from './onnxruntime-cuda-files.ts';

const METADATA = 'onnxruntime-node/script/install-metadata.js';
const MANIFEST = 'linux/x64:cuda12';

/** What becomes a part of an address. */
const word = z.string().regex(/^[\w.+-]+$/);
const metadataSchema = z.object({
  manifests: z.record(z.string(), z.record(z.string(), z.object({ package: z.string(), path: z.string() }))),
  packages: z.record(
    z.string(),
    z.object({ name: word, versions: z.array(z.object({ feed: z.string(), version: word })).min(1) }),
  ),
  feeds: z.record(z.string(), z.object({ type: z.string(), index: z.string() })),
});
type Metadata = z.infer<typeof metadataSchema>;

export interface CudaPackage {
  readonly name: string;
  /** The first that has it is asked for it. */
  readonly versions: readonly { readonly version: string; readonly feed: string }[];
  /** Where in the package each of CUDA_FILES is. */
  readonly paths: ReadonlyMap<(typeof CUDA_FILES)[number], string>;
}

/** @throws EspalierError `failed` when the runtime describes its files in another way than this program knows */
export function cudaPackage(metadata: unknown = ownMetadata()): CudaPackage {
  const { data, error } = metadataSchema.safeParse(metadata);
  if (data === undefined) {
    const { path, message } = error.issues[0]!;
    throw unknownForm(`${path.join('.') || 'it'}: ${message}`, error);
  }
  const files = CUDA_FILES.map((name) => [name, fileOf(data, name)] as const);
  const keys = [...new Set(files.map(([, file]) => file.package))];
  if (keys.length > 1) throw unknownForm(`the files are in ${keys.length} packages: ${keys.join(', ')}`);
  const found = entry(data.packages, 'packages', keys[0]!);
  return {
    name: found.name,
    versions: found.versions.map(({ feed, version }) => ({ version, feed: feedOf(data, feed) })),
    paths: new Map(files.map(([name, { path }]) => [name, path])),
  };
}

function fileOf({ manifests }: Metadata, name: string): { package: string; path: string } {
  return entry(entry(manifests, 'manifests', MANIFEST), `manifests.${MANIFEST}`, `./${name}`);
}

function feedOf({ feeds }: Metadata, key: string): string {
  const { type, index } = entry(feeds, 'feeds', key);
  if (type !== 'nuget') throw unknownForm(`feeds.${key}.type is ${JSON.stringify(type)}; it must be "nuget"`);
  return index;
}

function entry<Value>(table: Readonly<Record<string, Value>>, where: string, key: string): Value {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value === undefined) throw unknownForm(`${where} has no ${JSON.stringify(key)}`);
  return value;
}

const ownMetadata = (): unknown => createRequire(import.meta.url)(METADATA);

const unknownForm = (what: string, cause?: unknown): EspalierError =>
  new EspalierError('failed', `${METADATA} has another form than this program knows: ${what}.`, { cause });
