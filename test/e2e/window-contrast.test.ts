/** High contrast and forced colours in a real browser: every main view, its charts, and the choice in Settings. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canvasColours } from './canvas-colours.ts';
import { everyView, recordStudies, type ShownView, showView } from './every-view.ts';
import { ServedWindow, seriousFindings, type WindowOptions } from './served-window.ts';

const served = new ServedWindow();
let views: readonly ShownView[] = [];

beforeAll(async () => {
  await recordStudies(served);
  await served.start();
  views = await everyView(served);
});
afterAll(() => served.close());

const token = (page: Page, name: string): Promise<string> =>
  page.evaluate((name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`), name);
const style = (page: Page, selector: string, property: string): Promise<string> =>
  page
    .locator(selector)
    .first()
    .evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), property);
/** What the system paints in a colour of that name. */
const systemColour = (page: Page, name: string): Promise<string> =>
  page.evaluate((name) => {
    const probe = document.createElement('i');
    probe.style.setProperty('forced-color-adjust', 'none');
    probe.style.color = name;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }, name);
/** Colours of more than 200 pixels of the first canvas. */
const mainColours = async (page: Page): Promise<string[]> =>
  (await canvasColours(page)).filter(([, pixels]) => pixels > 200).map(([colour]) => colour);

describe('high contrast', () => {
  it('is chosen in Settings, follows the system otherwise, and re-colours charts without a reload', async () => {
    const { page, errors } = await served.open('#/settings', { isHighContrast: true });
    const contrast = (): Promise<string | null> => page.locator('html').getAttribute('data-contrast');
    const choose = (name: string): Promise<void> =>
      page.getByRole('group', { name: 'Theme' }).getByRole('button', { name, exact: true }).click();
    expect(await contrast()).toBe('more');
    await choose('Light');
    expect(await contrast()).toBeNull();
    await choose('Dark, high contrast');
    expect(await contrast()).toBe('more');
    expect(await style(page, 'body', 'background-color')).toBe('rgb(0, 0, 0)');
    await page.keyboard.press('Control+z');
    expect(await contrast()).toBeNull();
    await choose('As the system');
    await page.emulateMedia({ contrast: 'no-preference' });
    await expect.poll(contrast).toBeNull();

    await showView(served, page, views.find(({ name }) => name === 'dynamics')!);
    const before = await mainColours(page);
    expect(before).not.toContain('0,0,0');
    await page.emulateMedia({ contrast: 'more' });
    await expect.poll(() => mainColours(page)).toContain('0,0,0');
    await page.emulateMedia({ contrast: 'more', colorScheme: 'dark' });
    await expect.poll(() => mainColours(page)).toContain('255,255,255');
    expect(errors).toEqual([]);
  });

  it('uses the colours of the system where it forces them, whatever theme was chosen', async () => {
    const { page } = await served.open('#/', { hasForcedColours: true });
    await page.evaluate(() => localStorage.setItem('espalier-theme', 'light'));
    await page.reload();
    expect(await token(page, 'accent')).toBe('Highlight');
    await showView(served, page, views.find(({ name }) => name === 'designer')!);
    const glyph = '.plan-glyph rect';
    expect(await style(page, `${glyph}.copy`, 'fill')).toBe(await systemColour(page, 'CanvasText'));
    expect(await style(page, `${glyph}.hollow`, 'fill')).toBe(await systemColour(page, 'Canvas'));
    expect(await style(page, `${glyph}.hollow`, 'stroke')).toBe(await systemColour(page, 'CanvasText'));
    await page.locator('.column').first().click();
    expect(await style(page, '.column.on .cell', 'fill')).toBe(await systemColour(page, 'Highlight'));
  });

  it.each<[string, WindowOptions]>([
    ['light', { isHighContrast: true }],
    ['dark', { isHighContrast: true, scheme: 'dark' }],
    ['forced', { hasForcedColours: true, scheme: 'dark' }],
  ])('has no serious accessibility finding in any view, %s', async (_, options) => {
    const { page, errors } = await served.open('#/', options);
    for (const view of views) {
      await showView(served, page, view);
      expect(await seriousFindings(page), view.name).toEqual([]);
    }
    expect(errors).toEqual([]);
  });
});
