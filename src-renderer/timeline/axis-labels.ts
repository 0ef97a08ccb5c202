/** Ticks and unit of the axis under the growth. Pure. */
import { niceRange } from '../../src-main/report/chart-layout.ts';
import { formatCount } from '../../src-main/report/number-format.ts';
import { flopsUnit } from '../../src-main/report/stacking-curves-chart.ts';
import type { Axis } from './placement.ts';

export interface AxisLabels {
  /** `TFLOP`, `steps`, `minutes`. */
  readonly unit: string;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

const TIMES = [
  { name: 's', size: 1 },
  { name: 'min', size: 60 },
  { name: 'h', size: 3600 },
  { name: 'days', size: 86_400 },
] as const;

/**
 * @param end last value of the axis
 * @param count of ticks at most, about
 */
export function axisLabels(axis: Axis, end: number, count: number): AxisLabels {
  const unit = unitOf(axis, end);
  if (!(end > 0)) return { unit: unit.name, ticks: [{ at: 0, text: '0' }] };
  const { interval, decimals } = niceRange(0, end / unit.size, Math.max(2, count));
  const ticks = Array.from({ length: Math.floor(end / unit.size / interval + 1e-9) + 1 }, (_, index) => {
    const value = index * interval;
    return { at: value * unit.size, text: axis === 'steps' ? formatCount(value) : value.toFixed(decimals) };
  });
  return { unit: unit.name, ticks };
}

function unitOf(axis: Axis, end: number): { readonly name: string; readonly size: number } {
  if (axis === 'flops') return flopsUnit(end);
  if (axis === 'steps') return { name: 'steps', size: 1 };
  return TIMES.findLast(({ size }) => end >= 2 * size) ?? TIMES[0];
}
