import { describe, expect, it } from 'vitest';
import { parsePlanEntries } from '../../src-main/growth/plan-shorthand.ts';
import { describePlan } from '../../src-main/report/glyph-shape.ts';
import { planGlyph } from '../../src-main/report/plan-glyph.ts';

const card = { height: 32, maxWidth: 240 };
const row = { height: 12, maxWidth: 144 };

/** Vertical middle of every mark of a class, from input to output. */
function middles(svg: string, className: string): number[] {
  return Array.from(
    svg.matchAll(
      new RegExp(`<rect class="${className}[^"]*"[^>]* y="([\\d.]+)"[^>]* height="([\\d.]+)"`, 'g'),
    ),
    (match) => Number(match[1]) + Number(match[2]) / 2,
  );
}

describe('planGlyph', () => {
  it.each([card, row])('puts copies higher the later their source layer, at height $height', (size) => {
    const [first, second, third, fourth, again] = middles(planGlyph('0 1 2 3 0', 4, size), 'copy');
    expect(first).toBeGreaterThan(second!);
    expect(second).toBeGreaterThan(third!);
    expect(third).toBeGreaterThan(fourth!);
    expect(again).toBe(first);
    expect(first! / size.height).toBeCloseTo(7 / 8, 2);
  });

  it('draws every kind of layer in its own way', () => {
    const marks = (plan: string): string =>
      planGlyph(plan, 2, card)
        .replace(/^<svg[^>]*><title>.*?<\/title>/, '')
        .replace(/<path[^>]*>/g, '');
    const kinds = ['0', '0*', '0~0.5', 'r', 'i', 'z', '0+0.01'].map(marks);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it('keeps within its width for many layers', () => {
    const plan = Array.from({ length: 48 }, (_, index) => index % 24).join(' ');
    expect(Number(/width="(\d+)"/.exec(planGlyph(plan, 24, row))![1])).toBeLessThanOrEqual(144);
  });

  it('shows the name of a control as text, escaped', () => {
    expect(planGlyph('scratch', 4, card)).toBe('<span class="plan-text">scratch</span>');
    expect(planGlyph('<b>', 4, card)).toContain('&lt;b&gt;');
  });

  it('carries the plan in words as accessible name', () => {
    expect(planGlyph('0 1 0* 1*', 2, card)).toContain(
      'aria-label="Layer plan: copy of 0 to 1, then identity copy of 0 to 1"',
    );
  });
});

describe('describePlan', () => {
  it('joins runs and counts new layers', () => {
    expect(describePlan(parsePlanEntries('0 1 r r z 0~0.5'))).toBe(
      'Layer plan: copy of 0 to 1, then 2 times a random layer, then a layer of zeros, then copy scaled by 0.5 of 0',
    );
  });
});
