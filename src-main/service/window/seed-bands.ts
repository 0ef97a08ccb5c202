/** The spread over training orders: lowest and highest value of a candidate's run and its repeats, step by step. Pure. */
import type { SeedBand } from '../../contract/window/dynamics.ts';
import type { CurveRange, Reading } from './dynamics-curves.ts';

/**
 * Lowest and highest value at each step of the range at which every run has a finite value; nothing is interpolated.
 * More steps than pixels are joined to blocks that keep their extremes.
 *
 * @returns null for fewer than two runs, and where they share no step
 */
export function seedBand(
  runs: readonly (readonly Reading[])[],
  { from, to, pixels }: Pick<CurveRange, 'from' | 'to' | 'pixels'>,
): Pick<SeedBand, 'seeds' | 'steps' | 'low' | 'high'> | null {
  if (runs.length < 2) return null;
  const values = new Map<number, number[]>();
  for (const run of runs)
    for (const { step, value } of run)
      if (step >= from && step <= to && value !== null && Number.isFinite(value))
        values.set(step, [...(values.get(step) ?? []), value]);
  const shared = [...values]
    .filter(([, at]) => at.length === runs.length)
    .sort(([a], [b]) => a - b)
    .map(([step, at]) => ({ step, low: Math.min(...at), high: Math.max(...at) }));
  if (shared.length === 0) return null;
  const size = Math.ceil(shared.length / pixels);
  const blocks = Array.from({ length: Math.ceil(shared.length / size) }, (_, block) => {
    const part = shared.slice(block * size, (block + 1) * size);
    return {
      step: part[0]!.step,
      low: part.reduce((least, { low }) => Math.min(least, low), Number.POSITIVE_INFINITY),
      high: part.reduce((most, { high }) => Math.max(most, high), Number.NEGATIVE_INFINITY),
    };
  });
  return {
    seeds: runs.length,
    steps: blocks.map(({ step }) => step),
    low: blocks.map(({ low }) => low),
    high: blocks.map(({ high }) => high),
  };
}
