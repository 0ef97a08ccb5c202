/**
 * The list at 50 000 studies, memory of the page after studies were opened and closed, and what the window costs while
 * nothing happens. Aims: 1 s, 10 % and 1 % of a core.
 */
import { readFileSync } from 'node:fs';
import type { CDPSession, Page } from 'playwright-core';
import { openHistory } from '../../src-main/history/open-history.ts';
import { ServedWindow } from '../e2e/served-window.ts';
import { addStudy } from './window-charts.ts';

export interface StudiesRow {
  readonly rows: number;
  readonly openMs: number;
  readonly sortMs: number;
  /** More than after the first few, in percent. */
  readonly memoryPercent: number;
  readonly pageIdlePercent: number;
  readonly serviceIdlePercent: number;
}

/** Studies with curves among them, which are opened. */
const OPENED = 50;
/** Opened before memory is read first: code and caches come with them. */
const WARM = 10;
/** Until what the last study set off has ended. */
const SETTLE_SECONDS = 2;
/** Before the processor is watched. */
const REST_SECONDS = 8;
/** Three windows of time, of which the middle one counts: garbage is collected in one of them. */
const IDLE_SECONDS = 5;
/** Of the kernel's clock, a second: USER_HZ. */
const TICKS = 100;

function writeStudies(home: string, rows: number): void {
  const history = openHistory(home, { mode: 'write' });
  history.transaction(() => {
    for (let index = 0; index < rows; index++)
      if (index < OPENED) addStudy(history, `opened-${index}`, 12, 200);
      else
        history.createStudy({
          id: `study-${index}`,
          name: `study ${index}`,
          mode: 'select',
          seed: index,
          specJson: '{}',
          specHash: `hash-${index}`,
          factsJson: '{}',
          environmentJson: '{}',
        });
  });
  history.close();
}

async function metric(session: CDPSession, name: string): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((one) => one.name === name)?.value ?? 0;
}

/** Once what the last study set off has ended. */
async function heapOf(page: Page, session: CDPSession): Promise<number> {
  await page.waitForTimeout(1000 * SETTLE_SECONDS);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  return metric(session, 'JSHeapUsedSize');
}

async function openAndClose(page: Page, id: string): Promise<void> {
  await page.evaluate((study) => {
    location.hash = `#/study/${study}/dynamics`;
  }, id);
  await page.locator('[data-phase="ranked"], [data-phase="running"]').waitFor();
  await page.locator('figure canvas').first().waitFor();
  await page.keyboard.press('Alt+Shift+W');
  await page.locator('[role="treegrid"]').waitFor();
}

/** Seconds of processor time of a process so far. */
function processorSeconds(id: number): number {
  const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

export async function benchWindowStudies(home: string, rows = 50_000): Promise<StudiesRow> {
  writeStudies(home, rows);
  const served = new ServedWindow(home);
  try {
    await served.start();
    const { page } = await served.open('#/queue');
    const shown = async (action: () => Promise<unknown>): Promise<number> => {
      const from = performance.now();
      await action();
      await page.locator('[data-index="0"] a.title').waitFor();
      return performance.now() - from;
    };
    const openMs = await shown(() => page.getByRole('link', { name: 'Studies' }).click());
    const sortMs = await shown(async () => {
      const first = await page.locator('[data-index="0"]').textContent();
      await page.getByRole('columnheader', { name: 'Study' }).getByRole('button').click();
      await page.waitForFunction(
        (text) => document.querySelector('[data-index="0"]')?.textContent !== text,
        first,
      );
    });
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    for (let index = 0; index < WARM; index++) await openAndClose(page, `opened-${index}`);
    const before = await heapOf(page, session);
    for (let index = 0; index < OPENED; index++) await openAndClose(page, `opened-${index}`);
    const after = await heapOf(page, session);
    await page.waitForTimeout(1000 * REST_SECONDS);
    const idle: { page: number; service: number }[] = [];
    for (let window = 0; window < 3; window++) {
      const [busy, used] = [await metric(session, 'TaskDuration'), processorSeconds(served.processId)];
      await page.waitForTimeout(1000 * IDLE_SECONDS);
      idle.push({
        page: (100 * ((await metric(session, 'TaskDuration')) - busy)) / IDLE_SECONDS,
        service: (100 * (processorSeconds(served.processId) - used)) / IDLE_SECONDS,
      });
    }
    const middle = (values: readonly number[]): number => values.toSorted((x, y) => x - y)[1] ?? 0;
    return {
      rows,
      openMs,
      sortMs,
      memoryPercent: 100 * (after / before - 1),
      pageIdlePercent: middle(idle.map((one) => one.page)),
      serviceIdlePercent: middle(idle.map((one) => one.service)),
    };
  } finally {
    await served.close();
  }
}
