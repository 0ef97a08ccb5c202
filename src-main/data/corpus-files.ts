/** Finding the corpus files below a path, in an order that is the same on every system. */
import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { EspalierError } from '../contract/errors.ts';
import type { CorpusLimits } from './corpus-limits.ts';
import { unreadable } from './file-access.ts';

export const CORPUS_EXTENSIONS: readonly string[] = ['.txt', '.md', '.jsonl'];

const isCorpusFile = (path: string): boolean => CORPUS_EXTENSIONS.includes(extname(path).toLowerCase());

/**
 * The file itself, or all .txt, .md and .jsonl files below the folder, sorted by path; names that begin with a
 * dot are left out. Symbolic links are followed; a file reached twice is listed once, so that nothing is counted
 * twice.
 * @throws EspalierError `bad-input` when the path is missing, unreadable, of another kind, or holds no corpus file,
 *   and when a link leads back into a folder that is being searched.
 */
export function listCorpusFiles(path: string, limits: CorpusLimits): string[] {
  if (!stat(path).isDirectory()) {
    if (isCorpusFile(path)) return [path];
    throw new EspalierError('bad-input', `${path} is not a .txt, .md or .jsonl file.`, {
      hint: 'Rename it to the ending that fits, or choose another file.',
    });
  }
  const files: string[] = [];
  const seen = new Set<string>();
  const visit = (folder: string, above: readonly string[]): void => {
    const real = realPath(folder);
    if (above.includes(real))
      throw new EspalierError(
        'bad-input',
        `${folder} is a symbolic link back to ${real}, which holds it: a loop.`,
        { hint: 'Remove the link.' },
      );
    if (above.length >= limits.folderDepth)
      throw new EspalierError(
        'bad-input',
        `${folder} is more than ${limits.folderDepth} folders deep; a corpus folder must be flatter.`,
      );
    for (const name of namesIn(folder)) {
      const inside = join(folder, name);
      const stats = stat(inside);
      if (stats.isDirectory()) visit(inside, [...above, real]);
      else if (isCorpusFile(inside)) {
        const target = realPath(inside);
        if (seen.has(target)) continue;
        seen.add(target);
        files.push(inside);
        if (files.length > limits.files)
          throw new EspalierError('bad-input', `${path} holds more than ${limits.files} corpus files.`, {
            hint: 'Choose a smaller folder, or join the files into JSONL.',
          });
      }
    }
  };
  visit(path, []);
  if (files.length === 0)
    throw new EspalierError('bad-input', `${path} holds no .txt, .md or .jsonl file.`, {
      hint: 'Choose a folder with text files.',
    });
  return files;
}

/** Names in a folder by code unit (no locale), a folder sorting as its name with a slash. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.'))
      .map((entry) => ({ name: entry.name, key: entry.isDirectory() ? `${entry.name}/` : entry.name }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map((entry) => entry.name);
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function stat(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}
