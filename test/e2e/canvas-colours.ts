/** What a chart is painted in. */
import type { Page } from 'playwright-core';

/** Opaque colours of the first canvas as `r,g,b`, each with its number of pixels, most frequent first. */
export const canvasColours = (page: Page): Promise<[colour: string, pixels: number][]> =>
  page
    .locator('canvas')
    .first()
    .evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      const counts = new Map<string, number>();
      for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] === 255) {
          const colour = `${data[at]},${data[at + 1]},${data[at + 2]}`;
          counts.set(colour, (counts.get(colour) ?? 0) + 1);
        }
      return [...counts].sort(([, a], [, b]) => b - a);
    });
