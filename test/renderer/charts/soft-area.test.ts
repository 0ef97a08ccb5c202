import { describe, expect, it } from 'vitest';
import { DARK_CONTRAST_TOKENS, DARK_TOKENS, LIGHT_CONTRAST_TOKENS } from '../../../src-main/report/theme.ts';
import { softArea } from '../../../src-renderer/charts/soft-area.ts';

describe('softArea', () => {
  it('tints where the theme has soft fills', () => {
    expect(softArea((token) => DARK_TOKENS[token], 'accent')).toEqual({ fill: '#6CC793', opacity: 0.14 });
  });

  it('draws a border of 2 px in high contrast', () => {
    for (const tokens of [LIGHT_CONTRAST_TOKENS, DARK_CONTRAST_TOKENS])
      expect(softArea((token) => tokens[token], 'text-3', 0.14, 'grid')).toEqual({
        fill: 'none',
        stroke: tokens.grid,
        lineWidth: 2,
      });
  });
});
