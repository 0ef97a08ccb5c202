/** Text over marks: a rim of the ground keeps it readable. */
import { type Graphic, textAt } from '../../src-main/report/chart-parts.ts';
import type { Palette, Token } from '../../src-main/report/theme.ts';

export function rimmedText(
  x: number,
  y: number,
  text: string,
  token: Token,
  palette: Palette,
  options: { align?: 'left' | 'center' | 'right'; weight?: number } = {},
): Graphic {
  const made = textAt(x, y, text, palette(token), options);
  return {
    ...made,
    style: { ...(made.style as object), stroke: palette('surface'), lineWidth: 3 },
  };
}

export interface PlacedText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly align: 'left' | 'right';
}

/** Mean width of a character of 11 px. */
export const CHARACTER = 6.2;

/** Texts that overlap none before them, in the order of importance. */
export function withoutOverlap<Text extends PlacedText>(texts: readonly Text[], height = 13): Text[] {
  const kept: Text[] = [];
  const left = ({ x, text, align }: PlacedText): number =>
    align === 'left' ? x : x - text.length * CHARACTER;
  for (const text of texts)
    if (
      kept.every(
        (one) =>
          Math.abs(one.y - text.y) >= height ||
          left(one) + one.text.length * CHARACTER < left(text) ||
          left(text) + text.text.length * CHARACTER < left(one),
      )
    )
      kept.push(text);
  return kept;
}

/** Pixels between two looks along a line. */
const STRIDE = 2;

/** The first of the places over which the line does not run; null where it runs over all. */
export function clearPlace<Text extends PlacedText>(
  places: readonly Text[],
  line: readonly (readonly [x: number, y: number])[],
  height = 13,
): Text | null {
  const isCrossed = ({ x, y, text, align }: Text): boolean => {
    const left = align === 'left' ? x : x - text.length * CHARACTER;
    const right = left + text.length * CHARACTER;
    return line.some(([toX, toY], index) => {
      const [fromX, fromY] = line[Math.max(0, index - 1)]!;
      const looks = Math.max(1, Math.ceil(Math.hypot(toX - fromX, toY - fromY) / STRIDE));
      return Array.from({ length: looks + 1 }, (_, look) => look / looks).some((share) => {
        const [atX, atY] = [fromX + (toX - fromX) * share, fromY + (toY - fromY) * share];
        return atX > left && atX < right && Math.abs(atY - y) < height / 2;
      });
    });
  };
  return places.find((place) => !isCrossed(place)) ?? null;
}
