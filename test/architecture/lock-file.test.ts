/**
 * A clean clone refused `npm ci` once: packages of other platforms were missing from the lock file, because the
 * registry did not have them when it was written. Every package that the lock file mentions must be in it.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  readonly resolved?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(
  readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
) as { packages: Record<string, LockedPackage> };

/** Where Node would look for `name` from the package at `path`, innermost first. */
function places(path: string, name: string): string[] {
  const parents = path.split('/node_modules/');
  const nested = parents.map(
    (_, index) => `${parents.slice(0, parents.length - index).join('/node_modules/')}/node_modules/${name}`,
  );
  return [...nested.map((place) => place.replace(/^\//, '')), `node_modules/${name}`];
}

describe('package-lock.json', () => {
  it('holds every package it mentions, those of other platforms included', () => {
    const missing = Object.entries(packages).flatMap(([path, entry]) =>
      Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
        .filter((name) => !places(path, name).some((place) => place in packages))
        .map((name) => `${path || 'the project'} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('names no download address', () => {
    expect(Object.entries(packages).filter(([, entry]) => entry.resolved?.startsWith('http'))).toEqual([]);
  });
});
