/** The list of studies in a real browser, on a history of many rows: sorts, stars on top, one undo for twenty, comparison. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHistory } from '../../src-main/history/open-history.ts';
import { espalier, root } from './built-program.ts';
import { ServedWindow, seriousFindings } from './served-window.ts';

const served = new ServedWindow();
const ROWS = 300;

beforeAll(async () => {
  mkdirSync(served.home, { recursive: true });
  // Two that differ in their seed, trained for real.
  const tiny = readFileSync(join(root, 'test/e2e/tiny-study.yaml'), 'utf8');
  for (const seed of [1, 2]) {
    const file = join(served.folder, `tiny-${seed}.yaml`);
    writeFileSync(file, tiny.replace('name: tiny', `name: tiny\nseed: ${seed}`));
    expect((await espalier(['study', 'run', file, '--home', served.home])).code).toBe(0);
  }
  const history = openHistory(served.home, { mode: 'write' });
  history.transaction(() => {
    for (let index = 0; index < ROWS; index++)
      history.createStudy({
        id: `study-${index}`,
        name: `plain ${String(index).padStart(3, '0')}`,
        mode: index % 2 === 0 ? 'select' : 'audit',
        seed: index % 5,
        specJson: '{}',
        specHash: `hash-${index}`,
        factsJson: '{}',
        environmentJson: '{}',
      });
  });
  history.close();
  await served.start();
});
afterAll(() => served.close());

describe('the list of studies', () => {
  it('filters as one types, keeps filters in the link, sorts by several columns, and stars stay on top', async () => {
    const { page, errors } = await served.open('#/');
    const names = () => page.locator('[data-index] .title').allTextContents();
    const head = (name: string) => page.getByRole('columnheader', { name }).getByRole('button');
    await page.getByRole('searchbox').first().fill('"plain 2"');
    await expect.poll(async () => (await names()).every((name) => name.startsWith('plain 2'))).toBe(true);
    expect(page.url()).toContain('q=%22plain');
    await head('Study').click();
    await expect.poll(async () => (await names())[0]).toBe('plain 200');
    await page.locator('[data-index="5"] .title').getByText('plain 205').waitFor();
    await page.locator('[data-index="5"]').focus();
    await page.keyboard.press('s');
    await expect.poll(async () => (await names())[0]).toBe('plain 205');
    await head('Study').click();
    await expect.poll(async () => (await names()).slice(0, 2)).toEqual(['plain 205', 'plain 299']);
    await head('State').click({ modifiers: ['Shift'] });
    expect(new URL(page.url()).hash).toMatch(/sort=-name(,|%2C)state/);
    await page.reload();
    await expect.poll(async () => (await names())[0]).toBe('plain 205');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('Starred studies on top').uncheck();
    await expect.poll(async () => (await names())[0]).toBe('plain 299');
    expect(errors).toEqual([]);
  });

  it('tags twenty rows as one step, and compares two by Enter with what differs first', async () => {
    const { page, errors } = await served.open('#/?q=plain&sort=name');
    await page.locator('[data-index="19"]').waitFor();
    await page.locator('[data-index="0"] .name').click();
    await page.locator('[data-index="19"] .name').click({ modifiers: ['Shift'] });
    await page.getByText('20 selected').waitFor();
    await page.locator('[data-index="19"]').focus();
    await page.keyboard.press('t');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('batch');
    await page.keyboard.press('Enter');
    const tags = page.locator('.tag').getByText('batch');
    await expect.poll(() => tags.count()).toBeGreaterThan(10);
    await page
      .getByRole('button', { name: /^Undo .*20/ })
      .first()
      .click();
    await expect.poll(() => tags.count()).toBe(0);

    await page.goto(served.at('#/?q=tiny'));
    await page.locator('[data-index="1"] .title').getByText('tiny').waitFor();
    await page.locator('[data-index="0"] .name').click();
    await page.locator('[data-index="1"] .name').click({ modifiers: ['Control'] });
    expect(await page.getByRole('button', { name: 'Compare' }).getAttribute('class')).toContain('pri');
    await page.locator('[data-index="1"]').focus();
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary', { name: 'Compare 2 studies' });
    await panel.waitFor();
    expect(await panel.locator('h3').first().textContent()).toMatch(/differs/);
    await panel.getByRole('button', { name: 'What is Regret?' }).click();
    await page.getByText(/^Final loss of the chosen strategy minus/).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
  });
});
