/** The parts of ECharts that the window's charts use. */
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GraphicComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';
import type { ChartSize } from '../../src-main/report/chart-layout.ts';
import type { ChartOption } from '../../src-main/report/chart-parts.ts';

use([LineChart, ScatterChart, CustomChart, GridComponent, GraphicComponent, CanvasRenderer, SVGRenderer]);

export const canvasChart = (element: HTMLElement) => init(element, null, { renderer: 'canvas' });

/** The picture as SVG text, drawn apart from the page. */
export function svgText(option: ChartOption, { width, height }: ChartSize): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption(option);
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}

/** The picture as a PNG of so many pixels a point; null where the browser cannot make one. */
export function pngOf(
  option: ChartOption,
  { width, height }: ChartSize,
  pixelRatio: number,
): Promise<Blob | null> {
  const chart = init(document.createElement('div'), null, { renderer: 'canvas', width, height });
  chart.setOption(option);
  const canvas = chart.renderToCanvas({ pixelRatio });
  return new Promise((resolve) => {
    canvas.toBlob((blob) => {
      chart.dispose();
      resolve(blob);
    }, 'image/png');
  });
}

/** Charts that reports share inherit their face from the page; a canvas must be told. Returns the option itself. */
export function withFont<Value>(value: Value, fontFamily: string): Value {
  if (Array.isArray(value)) {
    // Points of a series hold no text.
    if (typeof value[0] === 'object') for (const entry of value) withFont(entry, fontFamily);
  } else if (value !== null && typeof value === 'object')
    for (const [key, entry] of Object.entries(value)) {
      if (key === 'fontFamily') (value as Record<string, unknown>)[key] = fontFamily;
      else if (key !== 'data') withFont(entry, fontFamily);
    }
  return value;
}
