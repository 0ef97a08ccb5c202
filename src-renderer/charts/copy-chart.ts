/** A chart as a picture or as data, for the clipboard and for files. */
import type { ChartSize } from '../../src-main/report/chart-layout.ts';
import type { ChartOption } from '../../src-main/report/chart-parts.ts';
import type { Palette } from '../../src-main/report/theme.ts';
import { canvasTheme } from './canvas-palette.ts';
import { pngOf, svgText, withFont } from './echarts.ts';

export type Draw = (size: ChartSize, palette: Palette) => ChartOption | null;

/** Pixels a point of the screen that pictures can have. */
export const PNG_SCALES = [1, 2, 3] as const;
export type PngScale = (typeof PNG_SCALES)[number];
/** Of pictures for the clipboard. */
export const COPY_SCALE: PngScale = 2;

/** The option as it is drawn now, on the surface of the present theme; null where there is nothing to draw. */
function pictured(draw: Draw, size: ChartSize): ChartOption | null {
  const { palette, fontFamily } = canvasTheme();
  const option = draw(size, palette);
  return option && { ...withFont(option, fontFamily), backgroundColor: palette('surface') };
}

export function chartSvg(draw: Draw, size: ChartSize): string | null {
  const option = pictured(draw, size);
  return option && svgText(option, size);
}

export function chartPng(draw: Draw, size: ChartSize, scale: PngScale): Promise<Blob | null> {
  const option = pictured(draw, size);
  return option ? pngOf(option, size, scale) : Promise.resolve(null);
}

/** Offers a file to save. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Lower case, digits and hyphens: a name for a file on any system. */
export const fileNameOf = (title: string): string =>
  title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80) || 'chart';
