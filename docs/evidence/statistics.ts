/** Means with intervals over seeds or audits, and the ways the page writes numbers. */
import { studentQuantile } from '../../src-main/lag/racing/student-t.ts';

export interface Mean {
  readonly mean: number;
  /** Half the width of the 95 % t interval; NaN for a single value. */
  readonly half: number;
  readonly count: number;
}

export function meanOf(values: readonly number[]): Mean {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return {
    mean,
    half: (count > 1 ? studentQuantile(0.025, count - 1) : Number.NaN) * Math.sqrt(variance / count),
    count,
  };
}

const minus = (text: string): string => text.replace('-', '−');

/** `0.76 ± 0.12`; a dash without values. */
export function written(values: readonly (number | null)[], decimals = 2): string {
  const present = values.filter((value) => value !== null);
  if (present.length === 0) return '–';
  const { mean, half } = meanOf(present);
  const text = minus(mean.toFixed(decimals));
  return Number.isFinite(half) ? `${text} ± ${half.toFixed(decimals)}` : text;
}

export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** A Markdown table; the first column is text. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

/** Groups in the order of first appearance. */
export function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  return Map.groupBy(items, keyOf) as Map<Key, Item[]>;
}
