/** The looks of a rule that looks several times, as a table: who was dropped when and why, and why it stopped. */
import type { DecisionEvidence, DecisionRound } from '../contract/analysis.ts';
import { formatCorrelation, formatCount, formatLoss } from './number-format.ts';

export interface RoundTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Which columns hold numbers. */
  readonly numbers: readonly boolean[];
  /** Looks left out because nothing happened in them. */
  readonly leftOut: number;
}

/** Above this many looks only those are shown in which a candidate was dropped or the leader changed. */
const MOST_ROWS = 24;

/** Null for a rule that looks once. */
export function roundTable({ rounds }: DecisionEvidence): RoundTable | null {
  if (!rounds || rounds.length === 0) return null;
  const hasBrackets = rounds.some(({ bracket }) => bracket !== null);
  const hasCorrelation = rounds.some(({ spearman }) => spearman !== null);
  const isEventful = (round: DecisionRound, index: number): boolean =>
    index === 0 ||
    index === rounds.length - 1 ||
    round.eliminated.length > 0 ||
    round.leader !== rounds[index - 1]!.leader;
  const shown = rounds.length > MOST_ROWS ? rounds.filter(isEventful) : rounds;
  const columns: { header: string; isNumber: boolean; cell: (round: DecisionRound) => string }[] = [
    { header: 'Step', isNumber: true, cell: ({ step }) => formatCount(step) },
    ...(hasBrackets
      ? [{ header: 'Bracket', isNumber: true, cell: ({ bracket }: DecisionRound) => String(bracket ?? '–') }]
      : []),
    { header: 'In the race', isNumber: true, cell: ({ values }) => String(values.length) },
    { header: 'Leader', isNumber: false, cell: ({ leader }) => leader ?? '–' },
    {
      header: 'Its value',
      isNumber: true,
      cell: ({ leader, values }) =>
        formatLoss(values.find(({ strategy }) => strategy === leader)?.value ?? null),
    },
    ...(hasCorrelation
      ? [
          {
            header: 'ρ with the look before',
            isNumber: true,
            cell: ({ spearman }: DecisionRound) => formatCorrelation(spearman),
          },
        ]
      : []),
    { header: 'Dropped, and why', isNumber: false, cell: droppedInWords },
  ];
  return {
    header: columns.map(({ header }) => header),
    rows: shown.map((round) => columns.map(({ cell }) => cell(round))),
    numbers: columns.map(({ isNumber }) => isNumber),
    leftOut: rounds.length - shown.length,
  };
}

function droppedInWords({ eliminated, values }: DecisionRound): string {
  const lost = values.filter(({ value }) => value === null).map(({ strategy }) => `${strategy} (lost)`);
  return [...eliminated.map(({ strategy, why }) => `${strategy} (${why})`), ...lost].join('; ') || '–';
}
