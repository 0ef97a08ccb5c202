/**
 * What must look alike: a candidate in every view and in its report, a view after the theme has changed, and panels
 * while their data is on the way.
 */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canvasColours } from './canvas-colours.ts';
import { everyView, recordStudies, type ShownView, showView } from './every-view.ts';
import { ServedWindow } from './served-window.ts';

const served = new ServedWindow();
let views: readonly ShownView[] = [];
const STRATEGIES = ['stack', 'interleave', 'idCopyTop', 'randTop', 'dead'] as const;

beforeAll(async () => {
  await recordStudies(served);
  await served.start();
  views = await everyView(served);
});
afterAll(() => served.close());

const viewNamed = (name: string): ShownView => views.find((view) => view.name === name)!;

/** Colour, dash and marker of a sample as the browser draws them. */
const drawn = (sample: Locator): Promise<string> =>
  sample.evaluate((svg) => {
    const [line, marker] = [...svg.children] as [SVGElement, SVGElement];
    const box = (marker as SVGGraphicsElement).getBBox();
    const { stroke, strokeDasharray } = getComputedStyle(line);
    const isFilled = getComputedStyle(marker).fill !== 'none';
    const shape = [marker.tagName === 'circle' ? 'round' : '', box.width, box.height].slice(1);
    return JSON.stringify([
      stroke,
      strokeDasharray.replaceAll('px', '').replaceAll(', ', ' '),
      isFilled,
      shape.map((side) => Math.round(Number(side) * 2) / 2),
    ]);
  });

async function samplesIn(rowOf: (strategy: string) => Locator): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const strategy of STRATEGIES)
    found[strategy] = await drawn(rowOf(strategy).locator('svg.key').first());
  return found;
}

/** The table row, or row of a grid, that names exactly this. */
const rowWith = (page: Page, selector: string, strategy: string): Locator =>
  page
    .locator(selector)
    .filter({ has: page.getByText(strategy, { exact: true }) })
    .first();

describe('a candidate', () => {
  it.each(['light', 'dark'] as const)(
    'has its colour, dash and marker in every view and in the report, %s',
    async (scheme) => {
      const { page } = await served.open('#/', { scheme });
      await showView(served, page, viewNamed('dynamics'));
      const inDynamics = await samplesIn((strategy) => rowWith(page, 'table.rk tbody tr', strategy));
      expect(new Set(Object.values(inDynamics)).size).toBe(STRATEGIES.length);

      await showView(served, page, viewNamed('studies'));
      const study = page.locator('[role=row].study').filter({ hasText: 'a small audit' });
      await study.click();
      await page.keyboard.press('ArrowRight');
      await page.getByRole('button', { name: /more/ }).first().click();
      const inStudies = await samplesIn((strategy) => rowWith(page, '[role=row][aria-level="2"]', strategy));
      expect(inStudies).toEqual(inDynamics);

      await showView(served, page, viewNamed('report'));
      const inReport = await samplesIn((strategy) => rowWith(page, '#ranking tbody tr', strategy));
      expect(inReport).toEqual(inDynamics);
      await page.context().close();
    },
  );
});

/** The second most frequent colour of a chart: what it is drawn in, not on. */
const mainColour = async (page: Page): Promise<string> => (await canvasColours(page))[1]![0];

describe('a change of the theme', () => {
  it('re-colours the charts without a reload, and leaves lag, zoom and selection as they are', async () => {
    const { page, errors } = await served.open('#/');
    await showView(served, page, viewNamed('dynamics'));
    await page.evaluate(() => Object.assign(window, { isSamePage: true }));
    const row = rowWith(page, 'table.rk tbody tr', 'interleave');
    await row.click();
    const plot = (await page.locator('figure canvas').first().boundingBox())!;
    await page.keyboard.down('Shift');
    await page.mouse.move(plot.x + plot.width * 0.3, plot.y + plot.height / 2);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width * 0.6, plot.y + plot.height / 2, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await page.keyboard.press('k');
    await page.keyboard.type('20');
    await page.keyboard.press('Enter');
    await page.mouse.move(0, 0);
    const facts = async () => ({
      lag: await page.getByRole('slider', { name: /lag/i }).first().getAttribute('aria-valuetext'),
      isSelected: await row.getAttribute('aria-selected'),
      view: await page.evaluate(() =>
        Object.entries(localStorage)
          .filter(([key]) => key.includes('dynamics'))
          .sort(),
      ),
      isSamePage: await page.evaluate(() => 'isSamePage' in window),
    });
    await page.waitForTimeout(300);
    const before = await facts();
    expect(before.lag).toMatch(/^k = 20\b/);
    expect(JSON.stringify(before.view)).toMatch(/\\"zoom\\":\[\d/);
    const light = await mainColour(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => mainColour(page)).not.toBe(light);
    expect(await facts()).toEqual(before);
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(() => mainColour(page)).toBe(light);
    expect(await facts()).toEqual(before);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});

describe('the panels of a view', () => {
  it.each([
    ['dynamics', 1440],
    ['dynamics', 1200],
    ['timeline', 1440],
    ['report', 1440],
    ['studies', 1440],
  ] as const)('keep their place while data is on the way: %s at %d pixels', async (name, width) => {
    const view = viewNamed(name);
    const { page } = await served.open('#/', { width });
    let open: () => void = () => {};
    const released = new Promise<void>((done) => {
      open = done;
    });
    // Answers wait until they are let through.
    await page.routeWebSocket(/\/rpc$/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => server.send(message));
      server.onMessage((message) => void released.then(() => socket.send(message)));
    });
    await page.goto(served.at(view.hash));
    await page.reload();
    await page.waitForTimeout(600);
    await page.locator('main :is(.panel, [role=treegrid], .middle)').first().waitFor();
    const waiting = await panelsOf(page);
    // Nothing is counted before it is read.
    expect(await page.locator('main').innerText()).not.toMatch(/\b0 (of|candidates|studies)\b/);
    expect(waiting.length).toBeGreaterThan(3);
    open();
    await page.locator(view.ready).first().waitFor({ state: 'attached' });
    await page.waitForTimeout(800);
    const full = await panelsOf(page);
    expect(full).toEqual(waiting);
    await page.context().close();
  });
});

/** Where the landmarks and panels of a view are, in whole pixels. */
const panelsOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll('header, main, footer, main :is(.panel, aside, .middle, [role=treegrid])'),
    ].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return [element.tagName, ...[x, y, width, height].map(Math.round)].join(' ');
    }),
  );

describe('a place that is not there', () => {
  it.each([
    ['#/draft/draft-00000000/designer', /draft-00000000/, 'Go to New study'],
    ['#/study/000000000000/dynamics', 'There is no such study.', 'Go to Studies'],
    ['#/nowhere', 'There is no such view.', 'Go to Studies'],
  ])('says so in one sentence and leads on: %s', async (hash, sentence, way) => {
    const { page, errors } = await served.open(hash);
    await page.locator('main').getByText(sentence).first().waitFor();
    expect(await page.locator('main').innerText()).not.toMatch(/server error/i);
    await page.locator('main').getByRole('link', { name: way }).click();
    await page.waitForURL(/#\/(new)?$/);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
