/** A package on its way to the disk: as large as its feed says, with the bytes its feed says. */
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { writeNewFile } from './new-file.ts';
import type { FeedPackage } from './nuget-feed.ts';
import { badStatus, fetchSecurely } from './secure-fetch.ts';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (bytesDone: number, bytesTotal: number) => void;
}

/**
 * Downloads a package to `path`, which must not be there yet.
 * @throws EspalierError `refused` when the host cannot be reached or breaks off, `failed` when what came is not the
 *   package or cannot be written; what `signal` says when it fires. The file may be there then, and is not to be used.
 */
export async function downloadPackage(
  wanted: Pick<FeedPackage, 'url' | 'bytes' | 'sha512'>,
  path: string,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  const { url, bytes, sha512 } = wanted;
  const response = await fetchSecurely(url, signal);
  if (!response.ok || response.body === null) throw badStatus(url, response);
  const hash = createHash('sha512');
  let done = 0;
  onProgress(0, bytes);
  const check = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      if (done > bytes) return next(damaged(url, `it is larger than the ${bytes} bytes that its feed tells`));
      hash.update(chunk);
      onProgress(done, bytes);
      next(null, chunk);
    },
  });
  try {
    const body = response.body;
    await writeNewFile(path, (target) => pipeline(body, check, target, { signal }));
  } catch (error) {
    if (signal.aborted || error instanceof EspalierError) throw error;
    if (isOfFile(error))
      throw new EspalierError('failed', `${path} cannot be written: ${messageOf(error)}.`, { cause: error });
    const reason = messageOf(error instanceof Error && error.cause ? error.cause : error);
    throw new EspalierError('refused', `${url.host} broke off after ${done} of ${bytes} bytes: ${reason}.`, {
      cause: error,
    });
  }
  if (done < bytes) throw damaged(url, `it has ${done} bytes where its feed tells ${bytes}`);
  if (hash.digest('hex') !== sha512) throw damaged(url, 'its SHA-512 is not the one that its feed tells');
}

const damaged = (url: URL, reason: string): EspalierError =>
  new EspalierError('failed', `What ${url.host} sent is not the package: ${reason}.`);

/** Whether the disk refused, and not the network. */
const isOfFile = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && /^(open|write|close)$/.test(String(error.syscall));
