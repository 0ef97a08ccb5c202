/** Early dynamics in a real browser: a study watched from its source model to its end, then read at every lag. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { espalier } from './built-program.ts';
import { ServedWindow, seriousFindings } from './served-window.ts';
import { auditNamed } from './small-studies.ts';

const STUDY = auditNamed('watched');

const served = new ServedWindow();
let page: Page;
let errors: readonly string[];
let hash = '';

const lag = (): Locator => page.getByRole('slider', { name: 'Lag k' });
const lagText = async (): Promise<string> => (await lag().getAttribute('aria-valuetext')) ?? '';
const firstRow = (): Locator => page.locator('table.rk tbody tr').first();

beforeAll(async () => {
  await served.start();
  ({ page, errors } = await served.open('#/new'));
  const path = join(served.folder, 'watched.yaml');
  writeFileSync(path, STUDY);
  await page.setInputFiles('input[type=file]', path);
  await page.waitForURL(/#\/draft\/[^/]+\/designer$/);
  await page.getByRole('button', { name: 'Start probes' }).click();
  await page.waitForURL(/#\/study\/[^/]+\/dynamics$/);
  hash = new URL(page.url()).hash;
}, 60_000);
afterAll(() => served.close());

describe('the dynamics view', () => {
  it('draws what is measured as it comes, without ranks, and ranks once all have the same k', async () => {
    const phases = new Set<string>();
    let early = '';
    await expect
      .poll(
        async () => {
          // Both at once: a moment later the ranks may be there.
          const [phase, table] = await page.evaluate(() => [
            document.querySelector('.dynamics')?.getAttribute('data-phase') ?? '',
            document.querySelector<HTMLElement>('table.rk')?.innerText ?? '',
          ]);
          phases.add(phase);
          if (phase === 'probing') early += table;
          return phase;
        },
        { timeout: 50_000, interval: 60 },
      )
      .toBe('ranked');
    expect(early).not.toContain('=1');
    await page.getByText('If decided at k = 40').or(page.getByText('Decision at k = 40')).waitFor();
    // The page was open all the time: nothing was asked for again by hand.
    await page.getByRole('heading', { name: /^k = 40 against final/ }).waitFor();
    await expect.poll(() => page.locator('section.dec').innerText(), { timeout: 40_000 }).toContain('Regret');
    await expect.poll(() => page.locator('figure canvas').count()).toBe(5);
    expect(errors).toEqual([]);
  }, 60_000);

  it('moves the lag by dragging, by keys and by its number, and all panels follow', async () => {
    const before = await lagText();
    const handle = (await lag().boundingBox())!;
    await page.mouse.move(handle.x + 12, handle.y + 14);
    await page.mouse.down();
    await page.mouse.move(handle.x + 80, handle.y + 14, { steps: 6 });
    await page.mouse.up();
    const dragged = await lagText();
    expect(dragged).not.toBe(before);
    await lag().focus();
    await page.keyboard.press('ArrowLeft');
    expect(await lagText()).not.toBe(dragged);
    await page.keyboard.press('k');
    await page.keyboard.type('0');
    await page.keyboard.press('Enter');
    expect(await lagText()).toMatch(/^k = 0, /);
    await page.getByRole('heading', { name: 'If decided at k = 0' }).waitFor();
    await page.getByRole('heading', { name: 'k = 0 against final' }).waitFor();
    // What keeps the function ties at the growing point, and shares its rank.
    await expect.poll(() => firstRow().innerText()).toContain('=1');
    expect(await page.locator('table.rk tr.cut').count()).toBe(1);
    await page.getByRole('heading', { name: 'If decided at k = 0' }).click();
    for (let press = 0; press < 3; press++) await page.keyboard.press(']');
    expect(await lagText()).toMatch(/^k = 20, /);
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Unpin this lag' }).waitFor();
  });

  it('takes the pin of a lag back and makes it again, in other views too', async () => {
    await page.getByRole('button', { name: 'Undo pin of k = 20' }).waitFor();
    await page.keyboard.press('Control+z');
    await page.getByRole('button', { name: 'Pin this lag', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Timeline' }).click();
    await page.getByRole('button', { name: 'Redo pin of k = 20' }).click();
    await page.getByRole('link', { name: 'Dynamics', exact: true }).click();
    await page.getByRole('button', { name: 'Unpin this lag' }).waitFor();
    // Pinned lags are columns of the rank chart.
    await page.getByRole('button', { name: 'Table of Rank over k' }).click();
    expect(await page.locator('.twin th').allInnerTexts()).toContain('20');
    await page.getByRole('button', { name: 'Table of Rank over k' }).click();
  });

  it('has every tool in a narrow window too, once, by keys', async () => {
    const { page: narrow, errors: failures } = await served.open(hash, { width: 1024 });
    await narrow.locator('.dynamics[data-phase=ranked]').waitFor();
    expect(await narrow.getByLabel('Smoothing').count()).toBe(0);
    await narrow.getByRole('button', { name: 'More', exact: true }).focus();
    await narrow.keyboard.press('Enter');
    const panel = narrow.getByRole('dialog', { name: 'More tools' });
    await panel.getByRole('button', { name: 'Minus best' }).focus();
    await narrow.keyboard.press('Enter');
    expect(await panel.getByRole('button', { name: 'Minus best' }).getAttribute('aria-pressed')).toBe('true');
    await panel.getByLabel('Smoothing').selectOption('mean');
    await panel.getByRole('button', { name: 'Pin this lag' }).focus();
    await narrow.keyboard.press('Enter');
    await panel.getByRole('button', { name: 'Unpin this lag' }).waitFor();
    expect(await seriousFindings(narrow)).toEqual([]);
    await narrow.keyboard.press('Escape');
    await expect.poll(() => panel.count()).toBe(0);
    await narrow.setViewportSize({ width: 1440, height: 900 });
    await expect.poll(() => narrow.getByLabel('Smoothing').count()).toBe(1);
    expect(await narrow.getByRole('button', { name: 'Unpin this lag' }).count()).toBe(1);
    expect(failures).toEqual([]);
    await narrow.context().close();
  });

  it('links hover between the table and the curves, and tells what was measured', async () => {
    await firstRow().hover();
    await expect.poll(() => page.locator('tr.hov').count()).toBe(1);
    const name = await firstRow().locator('.nm').innerText();
    await expect.poll(() => page.getByRole('tooltip').innerText()).toContain(name);
    expect(await page.getByRole('tooltip').innerText()).toContain('Loss, measured');
    const chart = page.getByRole('figure', { name: /Validation loss after growth/ });
    await chart.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tooltip').waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('tr.sel').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('tr.sel').count()).toBe(0);
  });

  it('sends the tooltip away with Escape until another curve is hovered, and links hover out of the small charts', async () => {
    const curves = (await page.locator('figure .over').first().boundingBox())!;
    const tip = page.getByRole('tooltip');
    const tips = () => tip.count();
    await page.locator('table.rk').hover({ position: { x: 5, y: 5 } });
    // The lower chart's baseline, where the best is.
    await page.mouse.move(curves.x + 200, curves.y + curves.height - 44, { steps: 3 });
    await expect.poll(tips).toBe(1);
    const name = await tip.locator('.name').innerText();
    await page.keyboard.press('Escape');
    await expect.poll(tips).toBe(0);
    await page.mouse.move(curves.x + 201, curves.y + curves.height - 44);
    expect(await page.locator('tr.hov').innerText()).toContain(name);
    expect(await tips()).toBe(0);
    await page.mouse.move(curves.x - 20, curves.y - 60);
    await page.mouse.move(curves.x + 200, curves.y + curves.height - 44, { steps: 3 });
    await expect.poll(tips).toBe(1);
    const scatter = (await page.getByRole('figure', { name: /against the final loss/ }).boundingBox())!;
    let found = 0;
    for (let x = 50; x < scatter.width && found === 0; x += 16)
      for (let y = 20; y < scatter.height - 40 && found === 0; y += 16) {
        await page.mouse.move(scatter.x + x, scatter.y + y);
        found = await page.locator('tr.hov').count();
      }
    expect(found).toBe(1);
  });

  it('smooths the drawing and no number', async () => {
    const table = page.locator('table.rk');
    const numbers = await table.innerText();
    const decision = await page.locator('section.dec').innerText();
    for (const [method, width, said] of [
      ['exponential', 'Half-life in steps', 'exponential mean of half-life 100 steps'],
      ['mean', 'Window in steps', 'running mean over 100 steps'],
    ] as const) {
      await page.getByLabel('Smoothing').selectOption(method);
      await page.getByLabel(width).fill('100');
      await page.keyboard.press('Enter');
      await page.getByText(`smoothed, ${said}, raw behind`).waitFor();
      expect(await table.innerText()).toBe(numbers);
      expect(await page.locator('section.dec').innerText()).toBe(decision);
    }
    await page.getByLabel('Window in steps').fill('0');
    await page.keyboard.press('Enter');
    await page.locator('input[aria-label="Window in steps"][aria-invalid=true]').waitFor();
    await page.getByText('smoothed, running mean over 100 steps').waitFor();
    await page.getByLabel('Smoothing').selectOption('none');
  });

  it('changes axes and units and keeps the lag', async () => {
    const before = await lagText();
    for (const unit of ['tokens', 'flops', 'seconds', 'steps']) {
      await page.locator('.tools select').nth(1).selectOption(unit);
      expect(await lagText()).toBe(before);
    }
    for (const name of ['Linear', 'Minus best', 'Log y', 'All', 'Fit', 'Log x'])
      await page.getByRole('button', { name, exact: true }).click();
    expect(await lagText()).toBe(before);
    expect(errors).toEqual([]);
  });

  it('has a table for every chart, and gives the data as CSV and the picture as SVG', async () => {
    const toggles = page.getByRole('button', { name: /^Table of / });
    const count = await toggles.count();
    expect(count).toBe(4);
    for (let index = 0; index < count; index++) await toggles.nth(index).click();
    expect(await page.locator('.twin').count()).toBe(4);
    for (let index = 0; index < count; index++) await toggles.nth(index).click();
    const saved = async (item: string): Promise<Buffer> => {
      await page.getByRole('button', { name: /^Copy or save Validation loss/ }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: item }).click();
      return readFileSync((await (await download).path())!);
    };
    const lines = (await saved('Save CSV')).toString().trim().split('\r\n');
    const head = lines.filter((line) => line.startsWith('# '));
    expect(head[0]).toMatch(/^# study: watched \([0-9a-f]+\)$/);
    expect(head).toContain('# layers: 2 to 4');
    expect(head.some((line) => /^# lag k: \d+ steps$/.test(line))).toBe(true);
    expect(lines[head.length]).toBe('strategy,step (steps),validation loss (nats/token),training time (s)');
    expect(lines.filter((line) => line.startsWith('stack,')).length).toBeGreaterThan(5);
    expect((await saved('Save SVG')).toString()).toMatch(/^<svg[\s\S]*idCopyTop[\s\S]*<\/svg>$/);
    const widths: number[] = [];
    for (const scale of [1, 2, 3]) {
      const png = await saved(`Save PNG, ${scale}×`);
      expect(png.toString('latin1', 1, 4)).toBe('PNG');
      widths.push(png.readUInt32BE(16));
    }
    expect(widths[1]).toBe(2 * widths[0]!);
    expect(widths[2]).toBe(3 * widths[0]!);
  });

  it('shows one alone, hides, compares with a candidate, and has it all again after a reload', async () => {
    const menu = async (item: string): Promise<void> => {
      await page.getByRole('button', { name: 'Actions for stack' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await menu('Show only this');
    await page.getByText('only stack is shown').waitFor();
    await menu('Show all again');
    await menu('Use as reference');
    const before = await lagText();
    await page.reload();
    await page.getByRole('button', { name: /^Reference: stack/ }).waitFor();
    await expect.poll(lagText).toBe(before);
    await page.getByRole('button', { name: /^Reference: stack/ }).click();
  });

  it('measures the landscape, shows the figures of the report with their tables, and stays there', async () => {
    await page.getByRole('button', { name: 'Landscape', exact: true }).click();
    await page.getByText('has not been measured yet').waitFor();
    expect(await page.getByText(/^espalier landscape [0-9a-f]+$/).count()).toBe(1);
    await page.getByRole('button', { name: 'Measure the landscape' }).click();
    await page.getByText(/Measuring part \d+ of \d+/).waitFor();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText(/^Paused\. Continue/).waitFor();
    // The rest in coarse settings, which takes seconds.
    const id = /study\/([0-9a-f]+)/.exec(hash)?.[1] ?? '';
    const coarse = ['--batches', '1', '--points', '3', '--plane-points', '3', '--directions', '1'];
    const rest = ['--iterations', '2', '--tokens', '32', '--home', served.home];
    expect((await espalier(['landscape', id, ...coarse, ...rest])).code).toBe(0);
    await page.reload();
    const figures = page.getByRole('figure');
    await expect.poll(() => figures.count(), { timeout: 10_000 }).toBe(6);
    await expect.poll(() => page.locator('figure canvas').count(), { timeout: 10_000 }).toBe(6);
    for (const toggle of await page.getByRole('button', { name: /^Table of / }).all()) await toggle.click();
    expect(await page.locator('.twin').count()).toBe(8);
    const slices = page.getByRole('region', { name: /^Loss along each direction/ });
    expect(await slices.locator('tbody tr').count()).toBe(5);
    await page.reload();
    await expect.poll(() => figures.count(), { timeout: 10_000 }).toBe(6);
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
    await page.getByRole('button', { name: 'Curves', exact: true }).click();
    await page.locator('table.rk tbody tr').first().waitFor();
  }, 90_000);

  it('makes a study of the candidates that are tied', async () => {
    await page.keyboard.press('k');
    await page.keyboard.type('0');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^Extend the \d tied/ }).click();
    await page.waitForURL(/#\/draft\/[^/]+\/setup$/);
    await page
      .getByRole('heading', { name: /watched, tie of \d/ })
      .first()
      .waitFor();
    await page.goto(served.at(hash));
    await page.locator('.dynamics[data-phase=ranked]').waitFor();
  });

  it('stands still while live curves are paused, and shows what came meanwhile afterwards', async () => {
    const { page: live, errors: failures } = await served.open('#/new');
    const path = join(served.folder, 'slow.yaml');
    writeFileSync(path, STUDY.replace('watched', 'slow').replace('steps: 120', 'steps: 6000'));
    await live.setInputFiles('input[type=file]', path);
    await live.waitForURL(/#\/draft\/[^/]+\/designer$/);
    await live.getByRole('button', { name: 'Start probes' }).click();
    await live.waitForURL(/#\/study\/[^/]+\/dynamics$/);
    const rows = live.locator('.twin tbody tr');
    await live.getByRole('button', { name: /^Table of Source model/ }).click();
    await expect.poll(() => rows.count()).toBeGreaterThan(2);
    await live.keyboard.press('l');
    await live.getByText('paused, the study goes on').waitFor();
    const still = await rows.count();
    const progress = live.getByRole('contentinfo').getByRole('progressbar');
    const before = Number(await progress.getAttribute('aria-valuenow'));
    await expect
      .poll(async () => Number(await progress.getAttribute('aria-valuenow')))
      .toBeGreaterThan(before);
    expect(await rows.count()).toBe(still);
    expect(await seriousFindings(live)).toEqual([]);
    await live.getByRole('button', { name: 'Go on live' }).click();
    await expect.poll(() => rows.count()).toBeGreaterThan(still);
    expect(await live.getByText('paused, the study goes on').count()).toBe(0);
    await live.getByRole('button', { name: 'Pause curves' }).waitFor();
    await live
      .getByRole('contentinfo')
      .getByRole('button', { name: /^Pause / })
      .click();
    expect(failures).toEqual([]);
    await live.context().close();
  }, 60_000);

  it('has no serious accessibility finding in either theme, wide or narrow, and scrolls nothing as a whole', async () => {
    for (const scheme of ['light', 'dark'] as const)
      for (const width of [1440, 1024]) {
        const { page: other, errors: failures } = await served.open(hash, { width, scheme });
        await other.locator('.dynamics[data-phase=ranked]').waitFor();
        await other.locator('table.rk tbody tr').first().waitFor();
        expect(await seriousFindings(other)).toEqual([]);
        const overflow = await other.evaluate(() => {
          const view = document.querySelector('main')!;
          return [view.scrollWidth - view.clientWidth, view.scrollHeight - view.clientHeight];
        });
        expect(overflow).toEqual([0, 0]);
        expect(failures).toEqual([]);
        await other.close();
      }
  }, 60_000);
});
