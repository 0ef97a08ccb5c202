/** Making a folder with those above it. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Like a recursive `mkdirSync`, which never returns where the system says "no such file" for a name that may not
 * be made (in /proc, for one).
 * @throws the error of the system
 */
export function makeFolder(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  if (!existsSync(path) && dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it in between.
    if (!(existsSync(path) && statSync(path).isDirectory())) throw error;
  }
}
