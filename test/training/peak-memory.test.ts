import { expect, it } from 'vitest';
import { peakMemoryBytes } from '../../src-main/training/peak-memory.ts';

it('is at least what the process has now, and stays when memory is given back', () => {
  const before = peakMemoryBytes();
  expect(before).toBeGreaterThan(0.9 * process.memoryUsage.rss());
  let block: Uint8Array | null = new Uint8Array(300e6).fill(1);
  expect(block.at(-1)).toBe(1);
  const during = peakMemoryBytes();
  expect(during).toBeGreaterThan(Math.max(300e6, before));
  block = null;
  expect(peakMemoryBytes()).toBeGreaterThanOrEqual(during);
});
