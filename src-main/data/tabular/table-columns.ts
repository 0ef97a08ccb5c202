/** Which column of a table is what: by the options, else by its name. */
import { EspalierError } from '../../contract/errors.ts';
import {
  COLUMN_ROLES,
  COLUMN_SYNONYMS,
  type ColumnReading,
  type ColumnRole,
  canonicalName,
  type ImportOptions,
  isAccuracy,
  isSpread,
  recognisedDirection,
} from '../../contract/imported-curves.ts';
import type { MetricInfo } from '../../contract/recorded-audit.ts';
import type { Table } from './table.ts';
import { isMissing, numberOf } from './table-cells.ts';

/** Name of the metric that is added where a file holds several accuracies. */
export const MEAN_ACCURACY = 'mean accuracy';

/**
 * @throws EspalierError `bad-input` for a missing or ambiguous column, an unknown name, a table without metrics, and
 *   a metric whose better direction neither its name nor the options tell
 */
export function readColumns(table: Table, options: ImportOptions): ColumnReading {
  const roles = rolesOf(table, options);
  const taken = new Set(Object.values(roles));
  const others = table.columns.filter((column) => !taken.has(column));
  const measured = metricsOf(table, others, taken, options);
  const metrics = measured.map((name) => withDirection(name, options, table));
  const means = meansOf(metrics, options, table);
  for (const metric of [...options.lowerIsBetter, ...options.higherIsBetter])
    if (!metrics.some(({ name }) => name === metric) && !means.some(({ name }) => name === metric))
      throw unknownColumn(table, metric, '--lower-is-better and --higher-is-better', measured);
  const derived = means.map(
    ({ name, of }): MetricInfo => ({
      name,
      lowerIsBetter: metrics.find((metric) => metric.name === of[0])!.lowerIsBetter,
    }),
  );
  return {
    roles,
    metrics: [...metrics, ...derived],
    means,
    ignored: others.filter((column) => !measured.includes(column)),
  };
}

function rolesOf(table: Table, { columns }: ImportOptions): Partial<Record<ColumnRole, string>> {
  const roles: Partial<Record<ColumnRole, string>> = {};
  const named = new Set(Object.values(columns));
  for (const role of COLUMN_ROLES) {
    const given = columns[role];
    if (given !== undefined) {
      if (!table.columns.includes(given))
        throw unknownColumn(table, given, `--${role}-column`, table.columns);
      roles[role] = given;
      continue;
    }
    const found = COLUMN_SYNONYMS[role].flatMap((synonym) =>
      table.columns.filter((column) => canonicalName(column) === synonym && !named.has(column)),
    );
    // `strategy` beats `model`: with both, the other is no metric and no matter.
    const [first, second] = found;
    if (first !== undefined && second !== undefined && canonicalName(first) === canonicalName(second))
      throw new EspalierError(
        'bad-input',
        `${table.file}: the columns ${first} and ${second} both look like the ${role}; one of them must be named.`,
        { hint: `Add --${role}-column NAME.` },
      );
    if (first !== undefined) roles[role] = first;
    else if (role === 'strategy' || role === 'step')
      throw new EspalierError(
        'bad-input',
        `${table.file}, ${headerPlace(table)}: no column is the ${role}; one must be named ${COLUMN_SYNONYMS[role].join(', ')}, or be given. The columns are ${list(table.columns)}.`,
        {
          hint: `Add --${role}-column NAME.`,
          problems: [{ at: `${role} column`, message: 'is missing', ...lineOf(table) }],
        },
      );
  }
  const twice = COLUMN_ROLES.find((role) =>
    COLUMN_ROLES.some((other) => other < role && roles[role] !== undefined && roles[other] === roles[role]),
  );
  if (twice)
    throw new EspalierError(
      'bad-input',
      `${table.file}: the column ${roles[twice]} is given as ${twice} and as something else; it must be one of them.`,
    );
  return roles;
}

/** Named metrics; else the columns that hold a number anywhere, standard errors left out. */
function metricsOf(
  table: Table,
  others: readonly string[],
  taken: ReadonlySet<string>,
  options: ImportOptions,
): string[] {
  const { metrics, missing } = options;
  for (const metric of metrics ?? [])
    if (!table.columns.includes(metric) || taken.has(metric))
      throw unknownColumn(table, metric, '--metrics', others);
  const found =
    metrics ??
    others.filter((column) => {
      if (isSpread(column)) return false;
      const index = table.columns.indexOf(column);
      return table.rows.some(({ cells }) => {
        const cell = cells[index] ?? null;
        return !isMissing(cell, missing) && numberOf(cell) !== null;
      });
    });
  if (found.length === 0)
    throw new EspalierError(
      'bad-input',
      `${table.file}, ${headerPlace(table)}: no column is a metric; at least one besides strategy and step must hold numbers. The columns are ${list(table.columns)}.`,
      { problems: [{ at: 'metric columns', message: 'are missing', ...lineOf(table) }] },
    );
  return [...new Set(found)];
}

function withDirection(name: string, options: ImportOptions, table: Table): MetricInfo {
  const [isLower, isHigher] = [options.lowerIsBetter.includes(name), options.higherIsBetter.includes(name)];
  if (isLower && isHigher)
    throw new EspalierError(
      'bad-input',
      `the metric ${name} is given to --lower-is-better and to --higher-is-better; it must be one of them`,
    );
  const direction = isLower ? 'lower' : isHigher ? 'higher' : recognisedDirection(name);
  if (direction === null)
    throw new EspalierError(
      'bad-input',
      `${table.file}, ${headerPlace(table)}, column ${table.columns.indexOf(name) + 1} (${name}): its name does not tell whether less or more is better; it must be stated.`,
      {
        hint: `Add --lower-is-better ${name} or --higher-is-better ${name}; if it is no metric, name those that are with --metrics.`,
        problems: [{ at: name, message: 'has no direction', ...lineOf(table) }],
      },
    );
  return { name, lowerIsBetter: direction === 'lower' };
}

function meansOf(
  metrics: readonly MetricInfo[],
  { means }: ImportOptions,
  table: Table,
): { name: string; of: string[] }[] {
  if (means === null) {
    const accuracies = metrics.map(({ name }) => name).filter(isAccuracy);
    const isFree = !table.columns.includes(MEAN_ACCURACY);
    return accuracies.length > 1 && isFree ? [{ name: MEAN_ACCURACY, of: accuracies }] : [];
  }
  return means.map(({ name, of }, index) => {
    const parts = of.map((part) => {
      const found = metrics.find((metric) => metric.name === part);
      if (!found)
        throw unknownColumn(
          table,
          part,
          '--mean-of',
          metrics.map((metric) => metric.name),
        );
      return found;
    });
    if (new Set(parts.map(({ lowerIsBetter }) => lowerIsBetter)).size > 1)
      throw new EspalierError(
        'bad-input',
        `--mean-of ${name} mixes metrics of which less is better with others of which more is; all must have one direction`,
      );
    if (table.columns.includes(name) || means.findIndex((mean) => mean.name === name) < index)
      throw new EspalierError(
        'bad-input',
        `--mean-of ${name} has the name of another column or mean; it must be new`,
      );
    return { name, of: [...of] };
  });
}

function unknownColumn(table: Table, name: string, flag: string, known: readonly string[]): EspalierError {
  const message = `names ${JSON.stringify(name)}, which is no such column of ${table.file}; there are ${list(known) || 'none'}`;
  return new EspalierError('bad-input', `${flag} ${message}`, { problems: [{ at: flag, message }] });
}

const SHOWN = 20;
const list = (names: readonly string[]): string =>
  names.length > SHOWN
    ? `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`
    : names.join(', ');
const headerPlace = ({ format }: Table): string => (format === 'csv' ? 'line 1' : 'row group 1, row 1');
const lineOf = ({ format }: Table): { line?: number } => (format === 'csv' ? { line: 1 } : {});
