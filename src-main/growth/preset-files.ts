/**
 * Strategy presets and pools from the text of YAML files, one to a file. Nothing is read from disk here: the
 * caller hands over paths (for messages) and texts. Problems are collected and reported with their lines.
 */

import type { z } from 'zod';
import type { ErrorProblem } from '../contract/errors.ts';
import { EspalierError } from '../contract/errors.ts';
import type { Pool } from '../contract/pool.ts';
import { poolSchema } from '../contract/pool.ts';
import type { GrowingStrategy } from '../contract/strategy.ts';
import { growingStrategySchema } from '../contract/strategy.ts';
import type { YamlFile } from '../contract/yaml-file.ts';
import { readYaml, showProblem } from '../contract/yaml-file.ts';

/**
 * Strategies by name, in the order of the files.
 * @throws EspalierError `bad-input` with every problem's file, field and line
 */
export function parsePresetFiles(files: readonly YamlFile[]): Map<string, GrowingStrategy> {
  return parseNamed(files, growingStrategySchema, 'preset strategy');
}

/**
 * Pools by name, in the order of the files.
 * @throws EspalierError `bad-input` with every problem's file, field and line
 */
export function parsePoolFiles(files: readonly YamlFile[]): Map<string, Pool> {
  return parseNamed(files, poolSchema, 'pool');
}

function parseNamed<Item extends { name: string }>(
  files: readonly YamlFile[],
  schema: z.ZodType<Item>,
  word: string,
): Map<string, Item> {
  const items = new Map<string, Item>();
  const paths = new Map<string, string>();
  const problems: ErrorProblem[] = [];
  for (const file of files) {
    const result = readYaml(file, schema);
    if ('problems' in result) problems.push(...result.problems);
    else if (items.has(result.value.name))
      problems.push({
        at: `${file.path}: name`,
        message: `the name ${result.value.name} is taken by ${paths.get(result.value.name)}; every ${word} needs its own`,
      });
    else {
      items.set(result.value.name, result.value);
      paths.set(result.value.name, file.path);
    }
  }
  if (problems.length > 0)
    throw new EspalierError('bad-input', `${problems.map(showProblem).join('\n')}`, {
      hint: `Correct the ${word} file${problems.length === 1 ? '' : 's'}.`,
      problems,
    });
  return items;
}
