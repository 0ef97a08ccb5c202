/** Width and heads, Check plan and the kind of growing in the Designer of a real browser. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServedWindow, seriousFindings } from './served-window.ts';
import { DESIGNED } from './small-studies.ts';

const served = new ServedWindow();
let page: Page;
let errors: readonly string[];

beforeAll(async () => {
  await served.start();
  ({ page, errors } = await served.open('#/new'));
  const path = join(served.folder, 'plan.yaml');
  writeFileSync(path, DESIGNED);
  await page.setInputFiles('input[type=file]', path);
  await page.waitForURL(/#\/draft\/[^/]+\/designer$/);
});
afterAll(() => served.close());

describe('the plan of a draft', () => {
  it('changes width and heads by fields, refuses what no model has, and undoes each', async () => {
    const width = page.getByLabel('Width', { exact: true });
    await width.fill('17');
    await page.keyboard.press('Enter');
    await page
      .getByText('width: 2 heads do not divide the width 17; choose a divisor of the width.')
      .waitFor();
    expect(await width.getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('button', { name: 'Use 18' }).click();
    await expect.poll(() => width.inputValue()).toBe('18');
    await page.getByText('→ 18').waitFor();
    await page.getByLabel('Heads', { exact: true }).fill('3');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Undo 3 heads' }).click();
    await page.getByRole('button', { name: 'Undo width 18' }).click();
    await expect.poll(() => width.inputValue()).toBe('16');
    await width.fill('20');
    await page.keyboard.press('Escape');
    expect(await width.inputValue()).toBe('16');
  });

  it('checks the plan, the service too, and leads to the first problem', async () => {
    const check = page.getByRole('button', { name: 'Check plan' });
    await check.click();
    await page
      .locator('#checked')
      .getByText(/^Everything is all right: \d+ runs, .*FLOP\./)
      .waitFor();
    expect(await seriousFindings(page)).toEqual([]);

    const { page: other, errors: failures } = await served.open('#/new');
    const draftOf = async (name: string, text: string): Promise<void> => {
      await other.goto(served.at('#/new'));
      const path = join(served.folder, name);
      writeFileSync(path, text);
      await other.setInputFiles('input[type=file]', path);
      await other.waitForURL(/#\/draft\//);
      await other.goto(other.url().replace('/setup', '/designer'));
      await other.getByRole('button', { name: 'Check plan' }).waitFor();
    };
    const focused = (): Promise<string> =>
      other.evaluate(() => document.activeElement?.closest('p, .msg')?.textContent ?? '');
    await draftOf('few.yaml', DESIGNED.replace('[stack, idCopyTop, dead]', '[stack]'));
    await other.getByRole('button', { name: 'Check plan' }).click();
    await expect.poll(focused).toMatch(/at least two/);
    await draftOf('lost.yaml', DESIGNED.replace(/data: .*/, 'data: { corpus: { path: nowhere.txt } }'));
    await other.getByRole('button', { name: 'Check plan' }).click();
    await expect.poll(focused).toMatch(/nowhere\.txt/);
    expect(await other.locator('#checked.fine').count()).toBe(0);
    expect(failures).toEqual([]);
    await other.context().close();
  });

  it('says why a study stays of its kind, and changes one that loses nothing as one step', async () => {
    await page
      .getByText('One growing point. Adaptive stacking has no place for a recipe of the source.')
      .waitFor();
    const { page: other, errors: failures } = await served.open('#/new');
    const path = join(served.folder, 'plain.yaml');
    writeFileSync(path, DESIGNED.replace(', recipe: { batchSize: 4, warmupSteps: 4 } }', ' }'));
    await other.setInputFiles('input[type=file]', path);
    await other.waitForURL(/#\/draft\//);
    const kinds = other.getByRole('group', { name: 'Kind of growing' });
    await kinds.getByRole('button', { name: 'One growing point', pressed: true }).waitFor();
    await kinds.getByRole('button', { name: 'Adaptive stacking' }).click();
    await other.getByText('Draft, Adaptive stacking').waitFor();
    await kinds.getByRole('button', { name: 'Adaptive stacking', pressed: true }).waitFor();
    expect(await seriousFindings(other)).toEqual([]);
    await other.getByRole('button', { name: 'Undo change to adaptive stacking' }).click();
    await other.getByText('Draft, Select').waitFor();
    await kinds.getByRole('button', { name: 'One growing point', pressed: true }).waitFor();
    expect(failures).toEqual([]);
    await other.context().close();
  });

  it('throws no error', () => {
    expect(errors).toEqual([]);
  });
});
