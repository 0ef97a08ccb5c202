/**
 * Draws a chart option as an SVG string without a browser. The same option gives the same bytes: the counters
 * that the renderer puts into ids and class names are replaced by the name of the chart.
 */
import { LineChart, ScatterChart } from 'echarts/charts';
import { GraphicComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { ChartSize } from './chart-layout.ts';
import type { ChartOption } from './chart-parts.ts';
import { escapeHtml } from './markup.ts';

use([LineChart, ScatterChart, GridComponent, GraphicComponent, SVGRenderer]);

export interface ChartText {
  /** Unique in the page; letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** One or two sentences that say what the chart shows. */
  readonly description: string;
}

/** Inline SVG element (role img, with title and description) of `size` pixels that shrinks with its container. */
export function chartSvg(option: ChartOption, size: ChartSize, text: ChartText): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: size.width, height: size.height });
  try {
    chart.setOption(option);
    const drawing = chart.renderToSVGString();
    const body = drawing
      .replace(/^[\s\S]*?<svg[^>]*>/, '')
      .replace(/<\/svg>\s*$/, '')
      // Hover classes: their counter runs on from drawing to drawing, and a report has no pointer.
      .replace(/<style[\s\S]*?<\/style>/g, '')
      .replace(/ class="zr\d+-cls-\d+"/g, '')
      .replace(/zr\d+-/g, `${text.id}-`)
      .replace(/ecmeta_[a-z_]+="[^"]*"/g, '')
      .replace(/[ \t]+(?=\/?>)/g, '');
    const { id } = text;
    return (
      `<svg class="chart" role="img" aria-labelledby="${id}-title ${id}-text" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}">` +
      `<title id="${id}-title">${escapeHtml(text.title)}</title><desc id="${id}-text">${escapeHtml(text.description)}</desc>${body}</svg>`
    );
  } finally {
    chart.dispose();
  }
}
