/** What an import found: as data for scripts, as tables and sentences for a terminal. */
import type { ImportedAgreement, MetricCorrelation } from '../contract/imported-curves.ts';
import type { RecordedAudit } from '../contract/recorded-audit.ts';
import { formatCorrelation, formatCount, joinNames } from '../report/number-format.ts';
import type { ImportedAudit, ImportResult } from './import-curves.ts';
import type { TextTable } from './study-digest.ts';

/** How equal values are ranked, stated with every result. */
export const TIE_HANDLING =
  'Exactly equal values share the mean of their ranks; Spearman is the correlation of these ranks.';

export interface ImportDigest {
  readonly file: string;
  readonly format: string;
  readonly rows: number;
  readonly columns: ImportResult['reading'];
  readonly ties: string;
  readonly audits: readonly {
    readonly id: string;
    readonly name: string;
    readonly seed: number;
    readonly isNew: boolean;
    readonly horizon: number;
    readonly steps: readonly number[];
    readonly strategies: readonly string[];
    /** Shown, not ranked. */
    readonly controls: readonly string[];
    readonly candidateCount: number;
    readonly agreement: ImportedAgreement;
    readonly final: readonly {
      readonly strategy: string;
      readonly isControl: boolean;
      readonly metrics: Readonly<Record<string, number | null>>;
    }[];
  }[];
}

export function importDigest({ file, format, rowCount, reading, audits }: ImportResult): ImportDigest {
  return {
    file,
    format,
    rows: rowCount,
    columns: reading,
    ties: TIE_HANDLING,
    audits: audits.map(({ audit, isNew, agreement }) => {
      const ranked = strategiesOf(audit, false);
      return {
        id: audit.id,
        name: audit.name,
        seed: audit.seed,
        isNew,
        horizon: audit.horizon,
        steps: stepsOf(audit),
        strategies: ranked,
        controls: strategiesOf(audit, true),
        candidateCount: ranked.length,
        agreement,
        final: audit.curves.map(({ strategy, isControl, points }) => ({
          strategy,
          isControl,
          metrics: points.find(({ step }) => step === audit.horizon)?.metrics ?? {},
        })),
      };
    }),
  };
}

/** How the file was understood. */
export function importSentences({ file, rowCount, reading, audits }: ImportResult): string[] {
  const { roles, metrics, means, ignored } = reading;
  const direction = (isLower: boolean): string =>
    metrics.flatMap(({ name, lowerIsBetter }) => (lowerIsBetter === isLower ? [name] : [])).join(', ');
  return [
    `${file}: ${formatCount(rowCount)} rows, ${audits.length === 1 ? '1 audit' : `${audits.length} audits`}${audits.some(({ isNew }) => isNew) ? '' : ', all in the history before'}.`,
    `Columns: ${Object.entries(roles)
      .map(([role, column]) => (role === column ? role : `${role} = ${column}`))
      .join(', ')}.`,
    ...[true, false].flatMap((isLower) =>
      direction(isLower) === '' ? [] : [`${isLower ? 'Less' : 'More'} is better: ${direction(isLower)}.`],
    ),
    ...means.map(({ name, of }) => `Derived: ${name} is the mean of ${of.join(', ')}.`),
    ...(ignored.length > 0 ? [`Ignored: ${ignored.join(', ')}.`] : []),
    TIE_HANDLING,
  ];
}

export interface TitledTable {
  readonly title: string;
  readonly table: TextTable;
  readonly notes: readonly string[];
}

/** Steps that a terminal shows at most; --json has all. */
const SHOWN_STEPS = 8;

/** Two tables for each audit: metrics against their own end, and first values against the end of every metric. */
export function importTables(imported: ImportedAudit): TitledTable[] {
  const { audit, agreement } = imported;
  const controls = strategiesOf(audit, true);
  const steps = stepsOf(audit);
  const shown = thin(steps, SHOWN_STEPS);
  const names = audit.metrics.map(({ name }) => name);
  const [first = audit.horizon] = steps;
  const own = (metric: string, step: number): MetricCorrelation | undefined =>
    agreement.ownFinal.find((one) => one.metric === metric && one.step === step);
  const cross = (metric: string, final: string): MetricCorrelation | undefined =>
    agreement.firstToFinal.find((one) => one.metric === metric && one.finalMetric === final);
  const counted = strategiesOf(audit, false).length;
  return [
    {
      title: `${audit.name} (${audit.id}), seed ${audit.seed}: ${counted} strategies of ${formatCount(audit.horizon)} steps${controls.length > 0 ? `; not ranked: ${controls.join(', ')}` : ''}`,
      table: {
        header: ['Spearman with its own final value', ...shown.map((step) => formatCount(step)), ''],
        rows: names.map((name) => [
          name,
          ...shown.map((step) => formatCorrelation(own(name, step)?.spearman ?? null)),
          countNote(shown.flatMap((step) => own(name, step)?.candidateCount ?? [])),
        ]),
        textColumns: 1,
        marked: null,
      },
      notes:
        steps.length > 1 ? tieNotes(agreement) : ['It has one step only: nothing early to compare with.'],
    },
    ...(names.length > 1 && steps.length > 1
      ? [
          {
            title: `At step ${formatCount(first)}, Spearman with the final value of each metric (columns numbered as rows)`,
            table: {
              header: ['', ...names.map((_, index) => `→${index + 1}`), ''],
              rows: names.map((name, index) => [
                `${index + 1} ${name}`,
                ...names.map((final) => formatCorrelation(cross(name, final)?.spearman ?? null)),
                '',
              ]),
              textColumns: 1,
              marked: null,
            },
            notes: [],
          },
        ]
      : []),
  ];

  function countNote(counts: readonly number[]): string {
    const least = Math.min(...counts);
    return least < counted ? `as few as ${least} of ${counted} candidates` : '';
  }
}

const SHOWN_TIES = 4;

function tieNotes({ ties }: ImportedAgreement): string[] {
  if (ties.length === 0) return ['No ties.'];
  const shown = ties
    .slice(0, SHOWN_TIES)
    .map(({ metric, step, strategies }) => `${metric} at ${formatCount(step)} (${joinNames(strategies)})`);
  return [
    `Ties: ${shown.join('; ')}${ties.length > SHOWN_TIES ? `; ${ties.length - SHOWN_TIES} more` : ''}.`,
  ];
}

function strategiesOf({ curves }: RecordedAudit, isControl: boolean): string[] {
  return curves.filter((curve) => curve.isControl === isControl).map(({ strategy }) => strategy);
}

function stepsOf({ curves }: RecordedAudit): number[] {
  const steps = curves.flatMap(({ points, isControl }) => (isControl ? [] : points.map(({ step }) => step)));
  return [...new Set(steps)].sort((a, b) => a - b);
}

/** Evenly by place, the first and the last among them. */
function thin(steps: readonly number[], count: number): number[] {
  if (steps.length <= count) return [...steps];
  const places = Array.from({ length: count }, (_, index) =>
    Math.round((index * (steps.length - 1)) / (count - 1)),
  );
  return places.map((place) => steps[place]!);
}
