import { describe, expect, it } from 'vitest';
import {
  fittedWidths,
  mostWidth,
  PANEL_LAYOUTS,
  type PanelLayout,
  ROW_FROM,
} from '../../../src-renderer/parts/panel-layouts.ts';

const LAYOUT: PanelLayout = {
  middle: 500,
  panels: {
    left: { usual: 200, least: 150, most: 400, edge: 'right' },
    right: { usual: 300, least: 250, most: 600, edge: 'left' },
  },
};

describe('fittedWidths', () => {
  it('takes the usual width, or the chosen one within its limits', () => {
    expect(fittedWidths(LAYOUT, {}, 1440, ['left', 'right'])).toEqual({ left: 200, right: 300 });
    expect(fittedWidths(LAYOUT, { left: 9000, right: 1 }, 2000, ['left', 'right'])).toEqual({
      left: 400,
      right: 250,
    });
    expect(fittedWidths(LAYOUT, { left: 320 }, 1440, ['left'])).toEqual({ left: 320 });
  });

  it('lets panels give way in proportion, so that the middle keeps its least width', () => {
    const { left = 0, right = 0 } = fittedWidths(LAYOUT, { left: 400, right: 600 }, 1200, ['left', 'right']);
    expect(left + right).toBeLessThanOrEqual(700);
    expect(left + right).toBeGreaterThan(697);
    expect((left - 150) / (right - 250)).toBeCloseTo(250 / 350, 1);
    expect(fittedWidths(LAYOUT, {}, 600, ['left', 'right'])).toEqual({ left: 150, right: 250 });
  });
});

it('a panel grows until the middle has its least width', () => {
  expect(mostWidth(LAYOUT, { left: 200, right: 300 }, 1200, 'right')).toBe(500);
  expect(mostWidth(LAYOUT, { left: 200, right: 300 }, 3000, 'right')).toBe(600);
  expect(mostWidth(LAYOUT, { left: 200, right: 300 }, 800, 'right')).toBe(250);
});

it.each(Object.entries(PANEL_LAYOUTS))('%s fits into the narrowest row as it is usually', (_, layout) => {
  const names = Object.keys(layout.panels);
  const widths = fittedWidths(layout, {}, ROW_FROM, names);
  const panels: PanelLayout['panels'] = layout.panels;
  for (const name of names) expect(widths[name], name).toBeGreaterThanOrEqual(panels[name]?.least ?? 0);
  const sum = Object.values(widths).reduce((total, width) => total + width, 0);
  expect(sum + layout.middle).toBeLessThanOrEqual(ROW_FROM);
  expect(fittedWidths(layout, {}, 1440, names)).toEqual(
    Object.fromEntries(names.map((name) => [name, panels[name]?.usual])),
  );
});
