/** Packs the built program with a stand-in for Electron's binary, which cannot be downloaded everywhere. */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { root } from '../built-program.ts';

/** What Electron's binary carries before its fuses (github.com/electron/fuses). */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSES = [
  'runAsNode',
  'enableCookieEncryption',
  'enableNodeOptionsEnvironmentVariable',
  'enableNodeCliInspectArguments',
  'enableEmbeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
] as const;

interface ArchiveEntry {
  readonly files?: Readonly<Record<string, ArchiveEntry>>;
  readonly offset?: string;
  readonly size?: number;
  readonly unpacked?: boolean;
}

export interface PackagedFile {
  readonly path: string;
  readonly isUnpacked: boolean;
}

export class PackagedProgram {
  readonly files: readonly PackagedFile[];
  private readonly folder: string;
  private readonly resources: string;
  private readonly entries: readonly (readonly [path: string, entry: ArchiveEntry])[];
  private readonly dataAt: number;

  constructor(folder: string) {
    this.folder = folder;
    this.resources = join(folder, 'resources');
    const archive = openSync(join(this.resources, 'app.asar'), 'r');
    // Chromium's pickle: two lengths of the header with padding, then the length of its JSON.
    const sizes = Buffer.alloc(16);
    readSync(archive, sizes, 0, 16, 0);
    const json = Buffer.alloc(sizes.readUInt32LE(12));
    readSync(archive, json, 0, json.length, 16);
    closeSync(archive);
    this.dataAt = 8 + sizes.readUInt32LE(4);
    this.entries = filesOf(JSON.parse(json.toString()) as ArchiveEntry, '');
    this.files = this.entries.map(([path, entry]) => ({ path, isUnpacked: entry.unpacked === true }));
  }

  /** State of each fuse in the packed binary. */
  fuses(): Record<string, boolean> {
    const binary = readFileSync(join(this.folder, 'espalier'), 'latin1');
    const at = binary.indexOf(SENTINEL) + SENTINEL.length + 2;
    return Object.fromEntries(FUSES.map((name, index) => [name, binary[at + index] === '1']));
  }

  /** Writes every packed file to a folder, as the program would read it. */
  extract(to: string): void {
    const archive = openSync(join(this.resources, 'app.asar'), 'r');
    for (const [path, { offset, size, unpacked }] of this.entries) {
      mkdirSync(join(to, dirname(path)), { recursive: true });
      if (unpacked) cpSync(join(this.resources, 'app.asar.unpacked', path), join(to, path));
      else {
        const bytes = Buffer.alloc(size ?? 0);
        readSync(archive, bytes, 0, bytes.length, this.dataAt + Number(offset));
        writeFileSync(join(to, path), bytes);
      }
    }
    closeSync(archive);
  }
}

function filesOf(entry: ArchiveEntry, path: string): [string, ArchiveEntry][] {
  if (!entry.files) return [[path, entry]];
  return Object.entries(entry.files).flatMap(([name, inner]) =>
    filesOf(inner, path === '' ? name : `${path}/${name}`),
  );
}

/** electron-builder.yml as it is. */
export const packageSettings = (): Record<string, unknown> =>
  parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as Record<string, unknown>;

/** @param folder holds the stand-in and the package */
export async function packProgram(folder: string): Promise<PackagedProgram> {
  const electron = join(folder, 'electron');
  mkdirSync(join(electron, 'resources'), { recursive: true });
  const version = '\u0001';
  const all = '0'.repeat(9);
  writeFileSync(join(electron, 'electron'), `${SENTINEL}${version}${String.fromCharCode(all.length)}${all}`);
  chmodSync(join(electron, 'electron'), 0o755);
  const out = join(folder, 'package');
  await promisify(execFile)(
    join(root, 'node_modules/.bin/electron-builder'),
    ['--dir', '--linux', '--publish=never', `-c.electronDist=${electron}`, `-c.directories.output=${out}`],
    { cwd: root, maxBuffer: 16_000_000 },
  );
  return new PackagedProgram(
    join(out, process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`),
  );
}
