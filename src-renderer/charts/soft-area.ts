/** Areas behind the marks of a chart. Pure. */
import type { Palette, Token } from '../../src-main/report/theme.ts';

export interface AreaStyle {
  readonly fill: string;
  readonly opacity?: number;
  readonly stroke?: string;
  readonly lineWidth?: number;
}

/** A tint of the token's colour; a border of 2 px where the theme has no soft fills (its soft ground is its surface). */
export function softArea(palette: Palette, token: Token, opacity = 0.14, edge = token): AreaStyle {
  return hasSoftFills(palette)
    ? { fill: palette(token), opacity }
    : { fill: 'none', stroke: palette(edge), lineWidth: 2 };
}

export const hasSoftFills = (palette: Palette): boolean => palette('accent-soft') !== palette('surface');
