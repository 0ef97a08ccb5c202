/** Strategies out of text that was pasted, dropped or typed: a layer plan, a strategy, several, a pool, or a study file. */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { EspalierError } from '../../src-main/contract/errors.ts';
import type { Pool } from '../../src-main/contract/pool.ts';
import { poolSchema } from '../../src-main/contract/pool.ts';
import { growingStrategySchema } from '../../src-main/contract/strategy.ts';
import { readStudyText } from '../../src-main/contract/study-text.ts';
import { readYaml, showProblem } from '../../src-main/contract/yaml-file.ts';
import { parsePlanEntries } from '../../src-main/growth/plan-shorthand.ts';
import type { Member } from './pool-document.ts';

/** Characters; a longer text is no pool that anybody wrote. */
const MAX_LENGTH = 200_000;
export const STRATEGIES_HINT =
  'Give a layer plan such as 0 1 1* 1+2 r, or a strategy, a list of strategies, a pool or a study file as YAML.';

const listSchema = z
  .array(z.union([z.string().min(1).max(60), growingStrategySchema]))
  .min(1)
  .max(200);

/**
 * @param pools pools by name, for study files that name one
 * @throws EspalierError `bad-input` saying what cannot be read and where
 */
export function readStrategies(text: string, pools: readonly Pool[]): Member[] {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_LENGTH || trimmed.includes('\0'))
    throw new EspalierError(
      'bad-input',
      trimmed === '' ? 'The text is empty.' : 'This is no text that strategies are written in.',
      { hint: STRATEGIES_HINT },
    );
  if (!trimmed.includes(':') || /^[\d*~+riz×x.,:/\s½⅓¼⅔¾-]+$/iu.test(trimmed)) {
    if (!trimmed.startsWith('-')) {
      parsePlanEntries(trimmed);
      return [{ name: 'plan', operator: 'plan', layers: trimmed.replace(/\s+/g, ' ') }];
    }
  }
  const file = { path: 'text', text: trimmed };
  const data = dataOf(trimmed);
  if (Array.isArray(data)) return read(readYaml(file, listSchema));
  if (typeof data === 'object' && data !== null && 'operator' in data)
    return [read(readYaml(file, growingStrategySchema))];
  if (typeof data === 'object' && data !== null && 'model' in data) {
    const { pool } = read(readStudyText(file));
    const found = typeof pool === 'string' ? pools.find(({ name }) => name === pool) : pool;
    return found ? [...found.strategies] : [];
  }
  if (typeof data === 'object' && data !== null && !('strategies' in data))
    throw new EspalierError('bad-input', 'There are no strategies in this text.', { hint: STRATEGIES_HINT });
  return [...read(readYaml(file, poolSchema)).strategies];
}

/** Whether the text is meant as a whole study file and not as strategies for one. */
export function isStudyText(text: string): boolean {
  const data = text.includes('model') ? dataOf(text) : null;
  return typeof data === 'object' && data !== null && !Array.isArray(data) && 'model' in data;
}

function dataOf(text: string): unknown {
  try {
    const document = parseDocument(text);
    return document.errors.length > 0 ? null : document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    // Aliases that multiply, or lists nested deeper than can be read.
    throw new EspalierError('bad-input', 'The text is no YAML that can be read.', {
      hint: STRATEGIES_HINT,
      cause: error,
    });
  }
}

function read<Value>(result: ReturnType<typeof readYaml<Value>>): Value {
  if ('value' in result) return result.value;
  throw new EspalierError('bad-input', result.problems.map(showProblem).slice(0, 4).join('; '), {
    hint: STRATEGIES_HINT,
    problems: result.problems,
  });
}
