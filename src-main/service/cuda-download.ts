/** Downloading the CUDA files of the runtime: what would come and from where, and then just that. */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EspalierError } from '../contract/errors.ts';
import { type FeedPackage, findPackage } from '../download/nuget-feed.ts';
import { type DownloadOptions, downloadPackage } from '../download/package-file.ts';
import { inTemporaryFolder, requireFreeSpace } from '../download/temporary-folder.ts';
import { unzip } from '../download/zip-file.ts';
import {
  type CudaManifest,
  type CudaPlace,
  ownCudaPlace,
  putCudaFiles,
  requireCudaPlace,
} from '../engine/onnxruntime-cuda-files.ts';
import { type CudaPackage, cudaPackage } from '../engine/onnxruntime-cuda-package.ts';
import { formatCount } from '../report/number-format.ts';

const OTHER_WAYS =
  'Without the download: `espalier engines install cuda --from FOLDER` takes the files from a folder, and `ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js` is the script by which the runtime gets them itself.';

/** What would be downloaded, and what would be kept of it. */
export interface CudaOffer {
  readonly name: string;
  readonly version: string;
  /** Host that says what the package is. */
  readonly feed: string;
  /** Where the package is. */
  readonly url: string;
  readonly bytes: number;
  readonly sha512: string;
  readonly licence: string | null;
  /** Where `files` go. */
  readonly folder: string;
  readonly files: readonly string[];
}

export interface CudaSource {
  readonly wanted?: CudaPackage;
  readonly place?: CudaPlace;
}

/**
 * Asks the feed that the runtime names for its CUDA files. Nothing is asked where they could not be installed.
 * @throws EspalierError as requireCudaPlace and cudaPackage, `refused` when no feed has the package, cannot be reached or
 *   does not say enough of it, `interrupted` when `signal` fires
 */
export async function offerCuda(
  signal: AbortSignal,
  { wanted = cudaPackage(), place = ownCudaPlace() }: CudaSource = {},
): Promise<CudaOffer> {
  requireCudaPlace(place);
  const { url, feed, ...found } = await stoppable(signal, () => findFirst(wanted, signal));
  return {
    ...found,
    feed: feed.host,
    url: url.href,
    folder: place.folder,
    files: [...wanted.paths.keys()],
  };
}

/**
 * Downloads what was offered, checks it, and puts the files beside the runtime. However it ends, nothing temporary is
 * left; when it fails, what was installed before is as it was.
 * @throws EspalierError as downloadPackage, unzip and putCudaFiles, `refused` when a disk has too little room,
 *   `interrupted` when `signal` fires
 */
export async function downloadCuda(
  offer: CudaOffer,
  options: DownloadOptions,
  { wanted = cudaPackage(), place = ownCudaPlace() }: CudaSource = {},
): Promise<CudaManifest> {
  const { signal } = options;
  return stoppable(signal, () =>
    inTemporaryFolder(async (folder) => {
      const archive = join(folder, 'package.zip');
      const unpacked = join(folder, 'unpacked');
      requireFreeSpace(folder, offer.bytes);
      await downloadPackage({ ...offer, url: new URL(offer.url) }, archive, options);
      mkdirSync(unpacked);
      const targets = new Map([...wanted.paths].map(([name, path]) => [path, join(unpacked, name)]));
      // Unpacked here, and copied there.
      const requireSpace = (bytes: number): void => {
        requireFreeSpace(folder, isOneDisk(folder, place.folder) ? 2 * bytes : bytes);
        requireFreeSpace(place.folder, bytes);
      };
      await unzip(archive, targets, { signal, requireSpace });
      rmSync(archive);
      signal.throwIfAborted();
      const from = `${offer.name} ${offer.version} from ${new URL(offer.url).host}`;
      return putCudaFiles(unpacked, { from, packageSha512: offer.sha512 }, place);
    }),
  );
}

const isOneDisk = (one: string, other: string): boolean => statSync(one).dev === statSync(other).dev;

/** @param verb what is said before the list of what happens: `Downloads` or `Would download` */
export function offerInWords(offer: CudaOffer, verb: string): string[] {
  const { name, version, bytes, feed, url, licence, folder, files } = offer;
  const { host } = new URL(url);
  return [
    `${verb} ${name} ${version}, ${formatCount(Math.ceil(bytes / 2 ** 20))} MiB, from ${host}${host === feed ? '' : `, as ${feed} says`}.`,
    `Licence: ${licence ?? 'the feed does not say'}.`,
    `Kept of it: ${files.join(' and ')}, in ${folder}.`,
    'Nothing is sent but the requests for it. The libraries of CUDA and cuDNN are not part of it.',
    '`espalier engines remove cuda` takes the files away again.',
  ];
}

async function findFirst({ name, versions }: CudaPackage, signal: AbortSignal): Promise<FeedPackage> {
  for (const { version, feed } of versions) {
    const found = await findPackage(feed, { name, version }, signal);
    if (found !== null) return found;
  }
  const places = versions.map(({ version, feed }) => `${version} at ${new URL(feed).host}`);
  throw new EspalierError('refused', `There is no package ${name} ${places.join(', nor ')}.`);
}

/** Says that nothing was installed when `signal` fired, and else how to get on without the download. */
async function stoppable<Result>(signal: AbortSignal, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (signal.aborted)
      throw new EspalierError('interrupted', 'the download was stopped; nothing was installed', {
        cause: error,
      });
    if (!(error instanceof EspalierError)) throw error;
    const { code, message, hint = OTHER_WAYS } = error;
    throw new EspalierError(code, message, { hint, cause: error });
  }
}
