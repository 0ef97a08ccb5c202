/**
 * The window in Chromium: first interactive paint, opening and moving the largest study, editing the deepest
 * strategy, each beside what it should be. Needs `npm run build` first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServedWindow } from '../e2e/served-window.ts';
import type { BenchOptions } from './run.ts';
import { benchWindowCharts } from './window-charts.ts';
import { measureDesigner } from './window-designer.ts';
import { benchWindowStudies } from './window-studies.ts';
import { benchWindowTimeline } from './window-timeline.ts';

interface WindowRow {
  readonly what: string;
  readonly measured: number;
  readonly unit: 'ms' | 'fps' | '%';
  readonly aim: number;
}

/** Milliseconds from asking for the page until its main control can be used, least of some fresh windows. */
async function firstPaint(served: ServedWindow, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { page } = await served.open();
    const start = performance.now();
    await page.reload();
    await page.getByRole('button', { name: /^Run the demo/ }).waitFor();
    times.push(performance.now() - start);
    await page.context().close();
  }
  return Math.min(...times);
}

export async function benchWindow({ json, rounds }: BenchOptions): Promise<void> {
  const rows: WindowRow[] = [];
  const add = (what: string, measured: number, unit: WindowRow['unit'], aim: number): void => {
    const row = { what, measured: Number(measured.toFixed(2)), unit, aim };
    rows.push(row);
    if (json) process.stdout.write(`${JSON.stringify(row)}\n`);
  };
  const served = new ServedWindow();
  try {
    await served.start();
    add('first interactive paint', await firstPaint(served, Math.min(rounds, 5)), 'ms', 1500);
    const { page } = await served.open('#/new');
    const { edit, after, drag, focus, layers } = await measureDesigner(page, served.folder);
    add(`edit of ${layers} layers, median`, edit.median, 'ms', 16);
    add(`edit of ${layers} layers, 95 %`, edit.p95, 'ms', 16);
    add(`what follows an edit of ${layers} layers, 95 %`, after.p95, 'ms', 16);
    add(`drag over ${layers} layers, 95 %`, drag.p95, 'ms', 16);
    add(`focus among ${layers} layers, 95 %`, focus.p95, 'ms', 16);
  } finally {
    await served.close();
  }
  const folder = mkdtempSync(join(tmpdir(), 'espalier-charts-'));
  const charts = await benchWindowCharts(folder).finally(() =>
    rmSync(folder, { recursive: true, force: true }),
  );
  const size = `${charts.candidates} x ${charts.evaluations}`;
  add(`curves of ${size} shown`, charts.openMs, 'ms', 1000);
  add(`curves of ${size} shown again`, charts.openAgainMs, 'ms', 1000);
  add(`panning ${size}`, charts.panFps, 'fps', 45);
  add(`dragging the lag over ${size}`, charts.lagFps, 'fps', 45);
  add(`hover over ${size}`, charts.hoverFps, 'fps', 45);
  const deep = mkdtempSync(join(tmpdir(), 'espalier-timeline-'));
  const timeline = await benchWindowTimeline(deep).finally(() =>
    rmSync(deep, { recursive: true, force: true }),
  );
  add('zooming the timeline of 8 stages, 96 layers', timeline.zoomFps, 'fps', 30);
  add('scrolling it', timeline.scrollFps, 'fps', 30);
  const home = mkdtempSync(join(tmpdir(), 'espalier-studies-'));
  const studies = await benchWindowStudies(home).finally(() =>
    rmSync(home, { recursive: true, force: true }),
  );
  add(`list of ${studies.rows} studies shown`, studies.openMs, 'ms', 1000);
  add('one sort of it', studies.sortMs, 'ms', 1000);
  add('memory after 50 studies opened and closed', studies.memoryPercent, '%', 10);
  add('page that is idle, of one core', studies.pageIdlePercent, '%', 1);
  add('service that is idle, of one core', studies.serviceIdlePercent, '%', 1);
  if (json) return;
  const lines = rows.map(({ what, measured, unit, aim }) => {
    const isMet = unit === 'fps' ? measured >= aim : measured <= aim;
    return `${what.padEnd(44)} ${String(measured).padStart(8)} ${unit.padEnd(4)} aim ${unit === 'fps' ? '>=' : '<='} ${aim} ${isMet ? 'met' : 'MISSED'}`;
  });
  process.stdout.write(`${lines.join('\n')}\n`);
}
