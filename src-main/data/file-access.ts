/** Failures of the file system as sentences: which file, what is wrong, what would help. */
import { EspalierError, messageOf } from '../contract/errors.ts';

const REASONS: Record<string, readonly [what: string, hint: string]> = {
  ENOENT: ['does not exist', 'Check the path.'],
  ENOTDIR: ['does not exist: a part of its path is a file', 'Check the path.'],
  EACCES: ['may not be read', 'Give this user the permission to read it.'],
  EPERM: ['may not be read', 'Give this user the permission to read it.'],
  ELOOP: ['is a symbolic link that leads back to itself', 'Remove the link.'],
  ENAMETOOLONG: ['has a path that is too long for this system', 'Move it to a shorter path.'],
  EMFILE: ['cannot be opened: too many files are open', 'Close other programs and try again.'],
  EIO: ['cannot be read: the disk reports an error', 'Check the disk, or copy the file elsewhere.'],
};

/** The error for a file or folder that cannot be read; errors of the program itself pass through. */
export function unreadable(path: string, error: unknown): EspalierError {
  if (error instanceof EspalierError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [what, hint] = REASONS[code] ?? [`cannot be read: ${messageOf(error)}`, 'Check the file.'];
  return new EspalierError(code === 'EIO' ? 'failed' : 'bad-input', `${path} ${what}.`, {
    hint,
    cause: error,
  });
}
