/** Where a report goes, checked before the work it reports on. */
import { statSync } from 'node:fs';
import { EspalierError, messageOf } from '../contract/errors.ts';

/**
 * Checks early that a report can be written here, so that no hours of training end in a wrong path.
 * @throws EspalierError `bad-input` when the path is there and no folder
 */
export function requireReportFolder(folder: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(folder).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return; // it will be made
    throw noReportFolder(folder, messageOf(error), error);
  }
  if (!isFolder) throw noReportFolder(folder, 'it is there and is no folder');
}

/** The error for a folder that cannot be written to. */
export function noReportFolder(folder: string, reason: string, cause?: unknown): EspalierError {
  return new EspalierError('bad-input', `the report cannot be written to ${folder}: ${reason}`, {
    hint: 'Name another folder with --out DIR.',
    problems: [{ at: '--out', message: reason }],
    cause,
  });
}
