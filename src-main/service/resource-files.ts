/** The presets, pools and example studies that come with the program, as files a user can copy. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EspalierError } from '../contract/errors.ts';
import type { Pool } from '../contract/pool.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import type { YamlFile } from '../contract/yaml-file.ts';
import type { ResolvedPool } from '../growth/pool.ts';
import { resolvePool } from '../growth/pool.ts';
import { parsePoolFiles, parsePresetFiles } from '../growth/preset-files.ts';

/** The folder of package.json: two up from the sources and from the built files alike. */
export function programFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'resources', 'pools'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new EspalierError('failed', 'the folder resources/ of the program is missing; install it again');
    folder = parent;
  }
  return folder;
}

export const resourcePath = (...parts: string[]): string => join(programFolder(), 'resources', ...parts);

function yamlFiles(kind: 'strategies' | 'pools'): YamlFile[] {
  const folder = resourcePath(kind);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => ({ path: `resources/${kind}/${name}`, text: readFileSync(join(folder, name), 'utf8') }));
}

/** Preset strategies by name. */
export const presetStrategies = (): Map<string, GrowingStrategy> => parsePresetFiles(yamlFiles('strategies'));

/** Pools by name. */
export const presetPools = (): Map<string, Pool> => parsePoolFiles(yamlFiles('pools'));

/** A pool by name or written out, with preset names replaced by strategies. */
export function findPool(pool: string | Pool): ResolvedPool {
  if (typeof pool !== 'string') return resolvePool(pool, presetStrategies());
  const pools = presetPools();
  const known = pools.get(pool);
  if (!known)
    throw new EspalierError(
      'bad-input',
      `pool: there is no pool named ${JSON.stringify(pool)}; it must be one that comes with the program, or a pool written out`,
      {
        hint: `Known pools: ${[...pools.keys()].join(', ')}.`,
        problems: [
          { at: 'pool', message: `must be one of ${[...pools.keys()].join(', ')}, or a pool written out` },
        ],
      },
    );
  return resolvePool(known, presetStrategies());
}
