import { describe, expect, it } from 'vitest';
import { parsePlanEntries } from '../../src-main/growth/plan-shorthand.ts';
import { describePlan, glyphShape } from '../../src-main/report/glyph-shape.ts';
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

  it.each([
    [card, 2],
    [card, 8],
    [row, 2],
    [row, 4],
  ])('draws every kind of layer in its own way, %j for %d source layers', (size, sourceLayers) => {
    // In greyscale as well: hues and classes are left out but for solid and hollow.
    const marks = (plan: string): string =>
      planGlyph(plan, sourceLayers, size)
        .replace(/^<svg[^>]*><title>.*?<\/title>/, '')
        .replace(/<path[^>]*>| style="[^"]*"/g, '');
    const kinds = ['0', '1', '0*', '0~0.5', '0+1', '0+1*', '0+1~0.5', 'r', 'i', 'z'].map(marks);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(new Set(['0+0.01', '0+1+0.01', '0', '0+1'].map(marks)).size).toBe(4);
  });

  it.each([
    [card, 4, 0, 1],
    [card, 4, 0, 3],
    [row, 4, 0, 1],
    [row, 8, 2, 3],
    [row, 2, 0, 1],
  ])(
    'joins the marks of an average by a bridge, %j, %d layers, %d and %d',
    (size, sourceLayers, low, high) => {
      const { marks, wires } = glyphShape(parsePlanEntries(`${low}+${high}`), sourceLayers, size);
      const [bridge, lower, upper] = marks.map((mark) => mark as Exclude<typeof mark, { kind: 'dot' }>);
      expect(marks).toHaveLength(3);
      expect(bridge!.width).toBeLessThan(lower!.width);
      expect(bridge!.y).toBeCloseTo(upper!.y + upper!.height, 1);
      expect(bridge!.y + bridge!.height).toBeCloseTo(lower!.y, 1);
      expect(bridge!.height).toBeGreaterThanOrEqual(1);
      expect(lower!.height).toBeGreaterThanOrEqual(1);
      expect(upper!.y).toBeGreaterThanOrEqual(0);
      expect(lower!.y + lower!.height).toBeLessThanOrEqual(size.height);
      if (wires.length > 0) {
        expect(lower!.y + lower!.height / 2).toBeCloseTo(wires[low]!, 1);
        expect(upper!.y + upper!.height / 2).toBeCloseTo(wires[high]!, 1);
      }
    },
  );

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

  it('names both layers of an average', () => {
    expect(describePlan(parsePlanEntries('0 1+0 0+1 1+2* 1+2~0.5+0.01 2+2'))).toBe(
      'Layer plan: copy of 0, then 2 times average of 0 and 1, then identity average of 1 and 2, then average scaled by 0.5 with noise of 1 and 2, then copy of 2',
    );
  });
});
