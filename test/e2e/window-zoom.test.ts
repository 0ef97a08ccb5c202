/** Every main view at 200 % and 400 % zoom, on a scaled display, and with the text spacing of WCAG 1.4.12. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutOff, setTextSpacing } from './cut-off.ts';
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

/** Sentences on what is cut off, by view; empty where nothing is. */
async function findings(options: WindowOptions, hasSpacing = false): Promise<Record<string, string[]>> {
  const { page, errors } = await served.open('#/', options);
  const found: Record<string, string[]> = {};
  for (const view of views) {
    await showView(served, page, view);
    if (hasSpacing) await setTextSpacing(page);
    const cut = await cutOff(page);
    if (cut.length > 0) found[view.name] = cut;
  }
  if (errors.length > 0) found.errors = errors;
  await page.context().close();
  return found;
}

describe('zoom and text spacing', () => {
  // Two windows side by side: most of the time is waiting for charts to be drawn.
  it.concurrent.each<[string, WindowOptions]>([
    ['125 % display scaling', { width: 1440, scale: 1.25 }],
    ['1280 pixels', { width: 1280, height: 800 }],
    ['200 % zoom', { width: 720 }],
    ['400 % zoom', { width: 320, height: 640 }],
  ])('cut nothing off and put nothing out of reach at %s', async (_, options) => {
    expect(await findings(options)).toEqual({});
  });

  it.concurrent.each([1440, 720])('leave room for spaced text at %d pixels', async (width) => {
    expect(await findings({ width }, true)).toEqual({});
  });

  it('find what is cut off', async () => {
    const { page } = await served.open('#/settings');
    await showView(served, page, views.find(({ name }) => name === 'settings')!);
    expect(await cutOff(page)).toEqual([]);
    await page.evaluate(() => {
      const heading = document.querySelector<HTMLElement>('main h2')!;
      Object.assign(heading.style, { width: '20px', overflow: 'hidden', whiteSpace: 'nowrap' });
      document.querySelector<HTMLElement>('main .btn')!.style.marginLeft = '4000px';
    });
    const found = await cutOff(page);
    expect(found.some((sentence) => /^text cut: .*“Settings”/.test(sentence))).toBe(true);
    expect(found.some((sentence) => /scrolls sideways/.test(sentence))).toBe(true);
  });

  it('offer the views as a menu and the lattice as a list at 200 %, without a serious finding of axe', async () => {
    const { page, errors } = await served.open('#/', { width: 720 });
    await showView(served, page, views.find(({ name }) => name === 'designer')!);
    await page.getByRole('button', { name: 'List', pressed: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Lattice' }).count()).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
    const menu = page
      .getByRole('navigation', { name: 'Views of the study' })
      .getByRole('button', { name: 'Designer' });
    await menu.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Setup' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/setup$/);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page
      .getByRole('navigation', { name: 'Views of the study' })
      .getByRole('link', { name: 'Designer' })
      .click();
    await page.getByRole('button', { name: 'Lattice', pressed: true }).waitFor();
    expect(errors).toEqual([]);
  });

  it('show every title of a panel whole in Dynamics at 1440 and 1280 pixels', async () => {
    for (const width of [1440, 1280]) {
      const { page } = await served.open('#/', { width });
      await showView(served, page, views.find(({ name }) => name === 'dynamics')!);
      const titles = await page.locator('.panel .ph h2').evaluateAll((all) =>
        all.map((title) => {
          // A part of a pixel is enough for an ellipsis, and scrollWidth is a whole number.
          const range = document.createRange();
          range.selectNodeContents(title);
          const over = range.getBoundingClientRect().width - title.getBoundingClientRect().width;
          return { title: title.textContent, over };
        }),
      );
      expect(titles.length).toBeGreaterThanOrEqual(6);
      expect(titles.filter(({ over }) => over > 0)).toEqual([]);
      await page.context().close();
    }
  });
});
