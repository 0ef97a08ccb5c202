/** The plots of docs/evidence.md as SVG files, drawn by ECharts without a browser; equal data, equal bytes. */
import { LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import { predictorCells, ruleOutcomes, titleOf } from './audit-tables.ts';
import type { AuditOf, RecordedStacking } from './recorded.ts';
import { policyOutcomes, titleOf as stackingTitle } from './stacking-tables.ts';
import { groupBy, meanOf } from './statistics.ts';

use([LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, LabelLayout, SVGRenderer]);

/** Okabe and Ito (2008): told apart with every colour vision. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#8A8A8A'];
const FONT = 'system-ui, sans-serif';
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect', 'emptyTriangle', 'pin'];

function draw(option: object, width: number, height: number, description: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      color: COLOURS,
      textStyle: { fontFamily: FONT, color: '#222222' },
      ...option,
    });
    return `${chart
      .renderToSVGString()
      .replace(/<style[\s\S]*?<\/style>/g, '')
      .replace(/ class="zr\d+-cls-\d+"/g, '')
      .replace(/zr\d+-/g, 'z-')
      .replace(/ecmeta_[a-z_]+="[^"]*"/g, '')
      .replace(/[ \t]+(?=\/?>)/g, '')
      .replace(/^(<svg[^>]*>)/, `$1<title>${description}</title>`)}\n`;
  } finally {
    chart.dispose();
  }
}

const axis = (name: string, more: object): object => ({
  name,
  nameLocation: 'middle',
  nameGap: 30,
  axisLine: { lineStyle: { color: '#666666' } },
  splitLine: { lineStyle: { color: '#e6e6e6' } },
  axisLabel: { color: '#444444' },
  ...more,
});

/** Mean rank correlation with the final loss by k, a panel for each setting. */
export function correlationPlot(all: readonly AuditOf[]): string {
  const groups = [...groupBy(all, ({ setting }) => setting)];
  const shown = ['loss at k', 'cooldown probe', 'area under the curve', 'extrapolation', 'weight distance'];
  const panel = { width: 300, height: 230, left: 60, top: 60, gapX: 60, gapY: 90 };
  const place = (index: number) => ({
    left: panel.left + (index % 2) * (panel.width + panel.gapX),
    top: panel.top + Math.floor(index / 2) * (panel.height + panel.gapY),
  });
  const series = groups.flatMap(([, group], index) => {
    const cells = predictorCells(group.map(({ audit }) => audit));
    const horizon = group[0]!.audit.horizon;
    const mean = (values: readonly (number | null)[]): number =>
      meanOf(values.filter((value) => value !== null)).mean;
    const initial = cells.find(({ predictor }) => predictor === 'initial loss');
    return [
      ...shown.map((name, order) => ({
        type: 'line',
        name,
        xAxisIndex: index,
        yAxisIndex: index,
        symbol: SYMBOLS[order],
        symbolSize: 6,
        lineStyle: { width: name === 'loss at k' || name === 'cooldown probe' ? 2.5 : 1.2 },
        color: COLOURS[order],
        data: cells
          .filter(({ predictor }) => predictor === name)
          .map(({ step, spearman }) => [(100 * step) / horizon, mean(spearman)]),
      })),
      {
        type: 'line',
        name: 'initial loss',
        xAxisIndex: index,
        yAxisIndex: index,
        symbol: 'none',
        lineStyle: { type: 'dashed', width: 1.5 },
        color: '#000000',
        data: initial ? [0, 50].map((x) => [x, mean(initial.spearman)]) : [],
      },
    ];
  });
  return draw(
    {
      title: groups.map(([setting], index) => ({
        text: titleOf(setting),
        textStyle: { fontSize: 13, fontWeight: 600, fontFamily: FONT },
        left: place(index).left,
        top: place(index).top - 26,
      })),
      legend: {
        top: 0,
        left: 50,
        itemWidth: 24,
        itemGap: 22,
        textStyle: { fontSize: 12 },
        data: [...shown, 'initial loss'],
      },
      grid: groups.map((_, index) => ({ ...place(index), width: panel.width, height: panel.height })),
      xAxis: groups.map((_, index) =>
        axis('k, % of the final run', { type: 'value', min: 0, max: 50, gridIndex: index }),
      ),
      yAxis: groups.map((_, index) =>
        axis('mean Spearman ρ', {
          type: 'value',
          min: -0.5,
          max: 1,
          interval: 0.5,
          gridIndex: index,
          nameGap: 36,
        }),
      ),
      series,
    },
    760,
    panel.top + Math.ceil(groups.length / 2) * (panel.height + panel.gapY),
    'Rank correlation of early measurements with the final loss, by lag and setting',
  );
}

/** Kinds of rules in the order of the legend, and how the label of a rule begins. */
const KINDS: readonly (readonly [kind: string, begins: RegExp])[] = [
  ['initial loss', /^initialLoss/],
  ['plain loss at the lag', /^lossAtLag/],
  ['cooldown probe', /^cooldown/],
  ['curve (mean, area, extrapolation)', /^(windowMean|areaUnderCurve|extrapolation)/],
  ['gradient norm, weight distance', /^(gradientNorm|weightDistance)/],
  ['several looks', /^(successive|hyperband|confidenceRace|automaticLag|sequential)/],
];

/** The label of a rule without what its kind says already. */
const shortLabel = (label: string): string =>
  label
    .replace(/^(initialLoss|lossAtLag|cooldown) ?/, '')
    .replace('successiveHalving', 'halving')
    .replace(/^sequential halving \(tuner\).*/, 'tuner halving')
    .replace(/ (from|window|by|ρ).*/, '');

/** Mean regret against mean cost of every rule over all audits. */
export function regretPlot(all: readonly AuditOf[]): string {
  const outcomes = ruleOutcomes(all.map(({ audit }) => audit)).map(({ label, regrets, costs }) => ({
    label,
    value: [100 * meanOf(costs).mean, 1000 * meanOf(regrets).mean],
  }));
  return draw(
    {
      grid: { left: 70, right: 60, top: 84, bottom: 55 },
      legend: { top: 0, left: 50, right: 20, itemGap: 20, textStyle: { fontSize: 12 } },
      xAxis: axis('cost, % of training every candidate to the end', { type: 'value', min: 0, max: 60 }),
      yAxis: axis('mean regret, thousandths of a nat', { type: 'value', min: 0, nameGap: 44 }),
      series: KINDS.map(([kind, begins], index) => {
        const rows = outcomes.filter(({ label }) => begins.test(label));
        return {
          type: 'scatter',
          name: kind,
          symbol: SYMBOLS[index],
          symbolSize: 11,
          color: COLOURS[index],
          data: rows.map(({ value }) => value),
          label: {
            show: true,
            position: 'right',
            fontSize: 10,
            color: '#444444',
            formatter: ({ dataIndex }: { dataIndex: number }) => shortLabel(rows[dataIndex]!.label),
          },
          labelLayout: { hideOverlap: true, moveOverlap: 'shiftY' },
        };
      }),
    },
    760,
    480,
    'Regret of every decision rule against its cost',
  );
}

/** Final loss of every policy: each seed a dot, the mean a bar. */
export function policyPlot(studies: readonly RecordedStacking[]): string {
  const groups = [...groupBy(studies, ({ setting }) => setting)];
  const names = policyOutcomes(groups[0]![1], 'always stack').map(({ name }) => name);
  return draw(
    {
      grid: { left: 190, right: 30, top: 50, bottom: 55 },
      legend: { top: 0, left: 180, textStyle: { fontSize: 12 } },
      xAxis: axis('final validation loss, nats per token', { type: 'value', scale: true }),
      yAxis: {
        type: 'category',
        data: [...names].reverse(),
        axisLabel: { color: '#222222' },
        axisTick: { show: false },
        splitLine: { show: true, lineStyle: { color: '#eeeeee' } },
      },
      series: groups.map(([setting, group], index) => ({
        type: 'scatter',
        name: stackingTitle(setting),
        symbol: SYMBOLS[index],
        symbolSize: 9,
        color: COLOURS[index],
        data: group.flatMap(({ policies }) =>
          policies.flatMap(({ name, finalLoss }) => (finalLoss === null ? [] : [[finalLoss, name]])),
        ),
      })),
    },
    760,
    90 + 34 * names.length,
    'Final loss of every policy at equal FLOPs, one mark a seed',
  );
}
