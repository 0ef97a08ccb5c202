/** The files of the built page, read once. Nothing outside its folder can be asked for. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { EspalierError } from '../contract/errors.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
};

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** Built names hold a hash of the content, so those files never change. */
  readonly isImmutable: boolean;
}

/** @throws EspalierError `refused` when the page was not built */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(join(folder, 'index.html')))
    throw new EspalierError('refused', `the page is not built: ${folder} has no index.html`, {
      hint: 'Run `npm run build` first.',
    });
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const type = TYPES[extname(entry.name)];
    if (type === undefined) continue;
    const name = `/${relative(folder, path).split(sep).join('/')}`;
    files.set(name, { type, bytes: readFileSync(path), isImmutable: name.startsWith('/assets/') });
  }
  return files;
}
