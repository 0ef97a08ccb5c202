/** From a table of somebody else's runs to audits: one for each study and seed. */
import { EspalierError } from '../../contract/errors.ts';
import {
  CONTROL_SYNONYMS,
  type ColumnReading,
  canonicalName,
  type ImportOptions,
} from '../../contract/imported-curves.ts';
import type { RecordedAudit, RecordedCurve, RecordedPoint } from '../../contract/recorded-audit.ts';
import { cellError, type Table, type TableRow } from './table.ts';
import { isMissing, readMetric, readName, readStep, readWhole } from './table-cells.ts';
import { readColumns } from './table-columns.ts';

export interface TableAudits {
  readonly reading: ColumnReading;
  /** In the order of the file; `id` is the number of the audit in the file, from 1 on. */
  readonly audits: readonly RecordedAudit[];
}

interface ReadRow {
  readonly row: TableRow;
  readonly study: string | null;
  readonly seed: number;
  readonly strategy: string;
  readonly family: string | null;
  readonly point: RecordedPoint;
}

/**
 * @param name name of the audits; the study is added where the file has such a column
 * @throws EspalierError `bad-input` naming file, line or row group and row, and column, for anything that makes an
 *   audit wrong: cells, two rows of one strategy and step, a strategy that does not reach the last step, fewer than
 *   two strategies to rank
 */
export function auditsFromTable(table: Table, options: ImportOptions, name: string): TableAudits {
  const reading = readColumns(table, options);
  const rows = table.rows.map((row) => readRow(table, row, reading, options));
  const isControl = controlTest(rows, options, table);
  const groups = Map.groupBy(rows, ({ study, seed }) => JSON.stringify([study, seed]));
  const audits = [...groups.values()].map((group, index) => {
    const { study, seed } = group[0]!;
    const curves = [...Map.groupBy(group, ({ strategy }) => strategy)].map(([strategy, points]) =>
      curveOf(table, reading, strategy, points, isControl(strategy)),
    );
    const horizon = checkedHorizon(table, reading, group, isControl);
    return {
      id: String(index + 1),
      name: study === null ? name : `${name}/${study}`,
      seed,
      horizon,
      metrics: reading.metrics,
      flopsPerStep: flopsPerStepOf(curves),
      facts: {
        ...options.facts,
        pool: null,
        families: Object.fromEntries(
          group.flatMap(({ strategy, family }) => (family === null ? [] : [[strategy, family]])),
        ),
      },
      curves: curves.map((curve): RecordedCurve => ({ ...curve, scheduleSteps: horizon })),
    };
  });
  return { reading, audits };
}

function readRow(table: Table, row: TableRow, reading: ColumnReading, options: ImportOptions): ReadRow {
  const { roles, metrics, means } = reading;
  const at = (column: string | undefined): number =>
    column === undefined ? -1 : table.columns.indexOf(column);
  const amount = (column: string | undefined): number | null => {
    const value = column === undefined ? null : readMetric(table, row, at(column), options.missing);
    if (value === null || value >= 0) return value;
    throw cellError(table, row, at(column), `holds ${value}; it must hold 0 or more`);
  };
  const derived = new Set(means.map((mean) => mean.name));
  const measured = metrics.flatMap(({ name }) => {
    const column = at(name);
    // An empty cell was not measured; a word for a missing value was, and is not finite.
    if (derived.has(name) || isMissing(row.cells[column] ?? null, [])) return [];
    return [[name, readMetric(table, row, column, options.missing)] as const];
  });
  const values = new Map(measured);
  const averaged = means.flatMap(({ name, of }) => {
    const parts = of.map((part) => values.get(part) ?? null).filter((part) => part !== null);
    return parts.length < of.length
      ? []
      : [[name, parts.reduce((sum, part) => sum + part, 0) / parts.length] as const];
  });
  return {
    row,
    study: roles.study === undefined ? null : readName(table, row, at(roles.study)),
    seed: roles.seed === undefined ? 0 : readWhole(table, row, at(roles.seed), 0, Number.MAX_SAFE_INTEGER),
    strategy: readName(table, row, at(roles.strategy)),
    family:
      roles.family === undefined || isMissing(row.cells[at(roles.family)] ?? null, [])
        ? null
        : readName(table, row, at(roles.family)),
    point: {
      step: readStep(table, row, at(roles.step)),
      metrics: Object.fromEntries([...measured, ...averaged]),
      batchLosses: null,
      trainingLoss: null,
      gradientNorm: null,
      weightDistance: null,
      tokens: amount(roles.tokens),
      flops: amount(roles.flops),
    },
  };
}

function controlTest(
  rows: readonly ReadRow[],
  { controls }: ImportOptions,
  { file }: Table,
): (strategy: string) => boolean {
  if (controls === null)
    return (strategy) => CONTROL_SYNONYMS.some((control) => control === canonicalName(strategy));
  const known = new Set(rows.map(({ strategy }) => strategy));
  const unknown = controls.find((control) => !known.has(control));
  if (unknown !== undefined) {
    const message = `names ${JSON.stringify(unknown)}, which is no strategy of ${file}; there are ${[...known].slice(0, 20).join(', ')}`;
    throw new EspalierError('bad-input', `--control ${message}`, {
      problems: [{ at: '--control', message }],
    });
  }
  return (strategy) => controls.includes(strategy);
}

function curveOf(
  table: Table,
  { roles }: ColumnReading,
  strategy: string,
  rows: readonly ReadRow[],
  isControl: boolean,
): RecordedCurve {
  const first = new Map<number, TableRow>();
  for (const { point, row, family } of rows) {
    const before = first.get(point.step);
    if (before)
      throw cellError(
        table,
        row,
        table.columns.indexOf(roles.step!),
        `is step ${point.step} of ${strategy} again, which stands in ${before.place}; a strategy must have one row for a step`,
        'If these are different runs, tell them apart with a seed or study column.',
      );
    first.set(point.step, row);
    if (family !== rows[0]!.family)
      throw cellError(
        table,
        row,
        table.columns.indexOf(roles.family!),
        `gives ${strategy} the family ${family}, after ${rows[0]!.family}; a strategy must have one family`,
      );
  }
  return {
    strategy,
    isControl,
    exactness: null,
    schedule: 'final',
    scheduleSteps: 0,
    repeat: 0,
    isDiverged: false,
    points: rows.map(({ point }) => point).toSorted((a, b) => a.step - b.step),
  };
}

/** The last step, which every strategy that is ranked must have. */
function checkedHorizon(
  table: Table,
  { roles }: ColumnReading,
  rows: readonly ReadRow[],
  isControl: (strategy: string) => boolean,
): number {
  const ranked = Map.groupBy(
    rows.filter(({ strategy }) => !isControl(strategy)),
    ({ strategy }) => strategy,
  );
  const audit = `${rows[0]!.study === null ? 'the table' : `the study ${rows[0]!.study}`}${roles.seed === undefined ? '' : ` with seed ${rows[0]!.seed}`}`;
  if (ranked.size < 2)
    throw cellError(
      table,
      rows[0]!.row,
      table.columns.indexOf(roles.strategy!),
      `begins ${audit}, which has ${ranked.size === 0 ? 'no strategy' : `only the strategy ${[...ranked.keys()][0]}`} to rank; at least two must be there`,
      'Controls are not ranked; --control names other ones.',
    );
  const ends = [...ranked].map(([strategy, group]) => ({
    strategy,
    last: group.reduce((a, b) => (b.point.step > a.point.step ? b : a)),
  }));
  const horizon = Math.max(...ends.map(({ last }) => last.point.step));
  const short = ends.find(({ last }) => last.point.step < horizon || horizon === 0);
  if (short === undefined) return horizon;
  const step = table.columns.indexOf(roles.step!);
  if (horizon === 0)
    throw cellError(table, short.last.row, step, `holds 0, the last step of ${audit}; runs must go further`);
  throw cellError(
    table,
    short.last.row,
    step,
    `holds ${short.last.point.step}, the last step of ${short.strategy}; every strategy of ${audit} must go to step ${horizon}`,
    'Leave the strategy out, or cut all runs at the last step they share.',
  );
}

/** FLOPs of a step, where all rows of ranked strategies agree on them within 1 %. */
function flopsPerStepOf(curves: readonly RecordedCurve[]): number | null {
  const rates = curves.flatMap(({ points, isControl }) =>
    isControl
      ? []
      : points.flatMap(({ step, flops }) => (step === 0 ? [] : [flops === null ? Number.NaN : flops / step])),
  );
  // Not Math.min(...rates): a table may have a million rows.
  const least = rates.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = rates.reduce((a, b) => Math.max(a, b), 0);
  return least > 0 && most <= 1.01 * least ? (least + most) / 2 : null;
}
