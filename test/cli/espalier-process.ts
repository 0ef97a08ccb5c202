/** Runs the command line from source in a process of its own, with folders that are its own too. */
import { type ChildProcess, spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ENTRY = resolve(import.meta.dirname, '../../src-main/cli/espalier.ts');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another copy of the program. */
  readonly entry?: string;
}

/** Starts a command; its standard input is closed. */
export function start(
  words: readonly string[],
  options: StartOptions = {},
): { child: ChildProcess; finished: Promise<Finished> } {
  const { ESPALIER_HOME: _home, ESPALIER_DEBUG: _debug, ...env } = process.env;
  const child = spawn(process.execPath, [options.entry ?? ENTRY, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const finished = new Promise<Finished>((done) =>
    child.on('close', (code) => done({ code, stdout, stderr })),
  );
  return { child, finished };
}

export const run = (words: readonly string[], options: StartOptions = {}): Promise<Finished> =>
  start(words, options).finished;

/** The one JSON document on stdout; fails on anything else there. */
export function json<Document = Record<string, unknown>>({ stdout }: Finished): Document {
  return JSON.parse(stdout) as Document;
}

/** A temporary folder, removed by `remove`. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'espalier-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Every path below a folder with its size and time, links not followed: equal lists, nothing written. */
export function contentsOf(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = lstatSync(path);
      const inside = lstatSync(path).isDirectory() ? contentsOf(path) : [];
      return [`${path} ${size} ${mtimeMs}`, ...inside];
    });
}
