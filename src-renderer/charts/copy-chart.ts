/** A chart as a picture or as data, for the clipboard and for files. */
import type { ChartSize } from '../../src-main/report/chart-layout.ts';
import type { ChartOption } from '../../src-main/report/chart-parts.ts';
import type { Palette } from '../../src-main/report/theme.ts';
import { canvasTheme } from './canvas-palette.ts';

export type Draw = (size: ChartSize, palette: Palette) => ChartOption | null;

/** Pictures are drawn at twice the size of the screen's pixels. */
const PNG_SCALE = 2;

/** SVG of the chart as it is shown, on the surface of the present theme; null where there is nothing to draw. */
export async function chartSvg(draw: Draw, size: ChartSize): Promise<string | null> {
  const { palette, fontFamily } = canvasTheme();
  const { svgText, withFont } = await import('./echarts.ts');
  const option = draw(size, palette);
  if (!option) return null;
  return svgText({ ...withFont(option, fontFamily), backgroundColor: palette('surface') }, size);
}

/** Drawn from the SVG, so that both pictures are the same. */
export async function chartPng(draw: Draw, size: ChartSize): Promise<Blob | null> {
  const svg = await chartSvg(draw, size);
  if (svg === null) return null;
  const image = new Image(size.width * PNG_SCALE, size.height * PNG_SCALE);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = size.width * PNG_SCALE;
  canvas.height = size.height * PNG_SCALE;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
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
