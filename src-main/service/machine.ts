/** What a study ran on, for its record: program, runtimes, machine. Nothing that names a person. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { programFolder } from './resource-files.ts';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function programManifest(): Manifest {
  return JSON.parse(readFileSync(join(programFolder(), 'package.json'), 'utf8')) as Manifest;
}

/** Version of an installed dependency, `not installed` without one. */
export function installedVersion(name: string): string {
  try {
    const path = join(programFolder(), 'node_modules', name, 'package.json');
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  } catch {
    return 'not installed';
  }
}

/** Cores this process may use. */
export const coreCount = (): number => availableParallelism();

/** What promises the same bytes for the same job: a change of any of these may change the last bit. */
export const programIdentity = (): string =>
  `espalier ${programManifest().version}, onnxruntime-node ${installedVersion('onnxruntime-node')}, ${process.platform}-${process.arch}`;

export function describeEnvironment(): Record<string, string> {
  return {
    espalier: programManifest().version,
    node: process.versions.node,
    'onnxruntime-node': installedVersion('onnxruntime-node'),
    'better-sqlite3': installedVersion('better-sqlite3'),
    platform: `${process.platform}-${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: String(coreCount()),
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
  };
}
