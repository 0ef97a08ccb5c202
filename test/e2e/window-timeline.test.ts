/** The timeline of a stacking study in the real page: select, measure, compare, go on to Dynamics. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './built-program.ts';
import { ServedWindow, seriousFindings } from './served-window.ts';

const served = new ServedWindow();
const studies = { stacking: '', audit: '' };

function run(file: string): string {
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      join(root, 'out/main/espalier.js'),
      'study',
      'run',
      join(root, 'test/e2e', file),
      '--home',
      served.home,
      '--json',
    ],
    { encoding: 'utf8' },
  );
  expect(status).toBe(0);
  return /"study": "([0-9a-f]+)"/.exec(stdout)?.[1] ?? '';
}

beforeAll(async () => {
  studies.stacking = run('tiny-stacking.yaml');
  studies.audit = run('tiny-study.yaml');
  await served.start();
});
afterAll(() => served.close());

describe('the timeline', () => {
  it('selects growing points by click and arrow keys, whatever the axis, and leads to Dynamics there', async () => {
    const { page, errors } = await served.open(`#/study/${studies.stacking}/timeline`);
    const header = page.getByRole('group', { name: 'Growing points' });
    const points = header.getByRole('button');
    await points.first().waitFor();
    expect(await points.count()).toBe(2);
    await points.first().click();
    expect(await points.first().getAttribute('aria-pressed')).toBe('true');
    const before = await points.first().boundingBox();
    await page.getByRole('button', { name: 'Steps', exact: true }).click();
    await expect.poll(async () => (await points.first().boundingBox())?.x).not.toBe(before?.x);
    expect(await points.first().getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('Tab');
    await points.first().focus();
    await page.keyboard.press('ArrowRight');
    expect(await points.nth(1).getAttribute('aria-pressed')).toBe('true');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-pressed'))).toBe('true');
    expect(new URL(page.url()).hash).toContain('point=1');
    await page.reload();
    await points.nth(1).waitFor();
    expect(await points.nth(1).getAttribute('aria-pressed')).toBe('true');

    const candidates = page.getByRole('region', { name: 'Candidates at each growing point' });
    const chosen = candidates.getByRole('link', { name: /chosen/ });
    expect(await chosen.count()).toBe(2);
    await chosen.nth(1).click();
    await expect
      .poll(() => decodeURIComponent(new URL(page.url()).hash))
      .toMatch(/dynamics\?policy=lag&point=1/);
    await page.getByRole('heading', { name: 'Ranking' }).first().waitFor();
    // The candidate that was followed is the selected one there, and stays so in the address.
    const selected = page.locator('table.rk tbody tr.sel');
    expect(await selected.count()).toBe(1);
    expect(new URLSearchParams(new URL(page.url()).hash.split('?')[1]).getAll('sel')).toEqual([
      (await selected.locator('.nm').innerText()).trim(),
    ]);
    expect(errors).toEqual([]);
  });

  it('draws another policy on request and has the origin of every layer as a table', async () => {
    const { page, errors } = await served.open(`#/study/${studies.stacking}/timeline`);
    await page.getByRole('combobox', { name: 'Policy' }).selectOption('always stack');
    await page.getByText('Grown by stack, without trying others.').first().waitFor();
    const growth = page.getByRole('region', { name: 'Growth' }).first();
    await growth.getByRole('button', { name: 'Table' }).click();
    const rows = growth.getByRole('row');
    expect(await rows.count()).toBe(5);
    expect(await rows.nth(1).getByRole('cell').allTextContents()).toEqual([
      '3',
      '3',
      '4',
      '3',
      '1',
      'copy of 1',
      'stack',
      '1',
      '–',
    ]);
    expect(errors).toEqual([]);
  });

  it('draws a study with one growing point as two stages', async () => {
    const { page } = await served.open(`#/study/${studies.audit}/timeline`);
    await page.getByRole('heading', { name: 'Candidates at each growing point' }).waitFor();
    const header = page.getByRole('group', { name: 'Growing points' });
    expect(await header.getByRole('button').count()).toBe(1);
    expect(await page.getByRole('table').getByRole('row').count()).toBe(5);
  });

  it.each([
    ['light', 1440],
    ['dark', 1024],
  ] as const)('has no serious finding and does not scroll sideways in %s at %i px', async (scheme, width) => {
    const { page, errors } = await served.open(`#/study/${studies.stacking}/timeline`, { scheme, width });
    await page.getByRole('heading', { name: 'Policies and controls' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(errors).toEqual([]);
  });
});
