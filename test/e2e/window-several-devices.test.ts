/** A study whose device is measured, and one on several devices, in a real browser. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './built-program.ts';
import { ServedWindow, seriousFindings } from './served-window.ts';

const TINY = readFileSync(join(root, 'test/e2e/tiny-study.yaml'), 'utf8');
const served = new ServedWindow();
beforeAll(() => served.start());
afterAll(() => served.close());

async function draftOf(text: string) {
  const path = join(served.folder, 'tiny.yaml');
  writeFileSync(path, text);
  const opened = await served.open('#/new');
  await opened.page.setInputFiles('input[type=file]', path);
  await opened.page.waitForURL(/#\/draft\/[^/]+\/designer$/);
  await opened.page.getByRole('link', { name: 'Setup' }).click();
  return opened;
}

describe('devices of a study', () => {
  it('are measured when it starts: Setup says so, the queue names what is tried, the report what was found', {
    timeout: 180_000,
  }, async () => {
    const { page, errors } = await draftOf(TINY.replace('name: tiny', 'name: measured'));
    await page.getByLabel('Device', { exact: true }).first().selectOption('auto');
    await page.getByText('measured when it starts', { exact: true }).waitFor();
    await page.getByText('the fastest device', { exact: true }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start probes' }).click();
    await page.waitForURL(/#\/study\/[^/]+\/dynamics$/);
    await page.getByText('trying which device is fastest').waitFor();
    await page.getByText(/^Devices are being tried/).waitFor();
    const study = page.url();
    await page.goto(served.at('#/queue'));
    await page.getByText(/^trying [\w-]+, to find the fastest device$/).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('cell', { name: 'done' }).waitFor({ timeout: 120_000 });
    await page.goto(study.replace('/dynamics', '/report'));
    const preview = page.locator('.preview');
    await preview.getByText('chosen by measurement').scrollIntoViewIfNeeded();
    await preview
      .getByText(/steps of candidates a second$/)
      .first()
      .waitFor();
    expect(errors).toEqual([]);
  });

  it('may be a list, which the form shows and leaves alone', { timeout: 120_000 }, async () => {
    const list = '{ device: [tfjs-wasm, cpu], mixDevices: true, trainers: 1 }';
    const { page, errors } = await draftOf(`${TINY.replace('name: tiny', 'name: mixed')}compute: ${list}\n`);
    const device = page.getByLabel('Device', { exact: true }).first();
    await expect.poll(() => device.inputValue()).toBe('tfjs-wasm, cpu');
    await page.getByText('2 trainers on tfjs-wasm, cpu').waitFor();
    await page.getByRole('button', { name: 'Start probes' }).click();
    await page.waitForURL(/#\/study\/[^/]+\/dynamics$/);
    await page.goto(served.at('#/queue'));
    await page.getByRole('row', { name: /mixed/ }).getByText('done').waitFor({ timeout: 60_000 });
    expect(errors).toEqual([]);
  });
});
