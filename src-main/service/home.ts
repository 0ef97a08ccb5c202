/** Where Espalier keeps its files: history, checkpoints, datasets, reports. */
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { EspalierError, messageOf } from '../contract/errors.ts';
import { makeFolder } from './make-folder.ts';

export interface Home {
  readonly folder: string;
  readonly checkpoints: string;
  readonly datasets: string;
  readonly reports: string;
}

/** Folder in the home folder for the files of landscape probes that are not complete, by study. */
export const LANDSCAPE_FOLDER = 'landscape';

/** `--home`, else ESPALIER_HOME, else the platform's data folder. */
export function resolveHome(option: string | undefined): Home {
  const chosen = option ?? (process.env.ESPALIER_HOME || undefined);
  if (chosen !== undefined && (chosen.trim() === '' || chosen.includes('\0')))
    throw new EspalierError('bad-input', `the home folder is ${JSON.stringify(chosen)}; it must be a path`);
  const folder = resolve(chosen ?? envPaths('espalier', { suffix: '' }).data);
  return {
    folder,
    checkpoints: join(folder, 'checkpoints'),
    datasets: join(folder, 'datasets'),
    reports: join(folder, 'reports'),
  };
}

/** Makes the folders that writing needs, but for that of checkpoints (checkpoint-folder.ts). */
export function makeHome(home: Home): void {
  try {
    for (const folder of [home.folder, home.datasets, home.reports]) makeFolder(folder);
  } catch (error) {
    throw new EspalierError(
      'refused',
      `the home folder ${home.folder} cannot be written: ${messageOf(error)}`,
      {
        hint: 'Choose another folder with --home DIR or ESPALIER_HOME.',
        cause: error,
      },
    );
  }
}
