/** From a finished study to its report: choose, write, export; the preview is the exported page. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './built-program.ts';
import { ServedWindow, seriousFindings } from './served-window.ts';

const served = new ServedWindow();
let study = '';

beforeAll(async () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      join(root, 'out/main/espalier.js'),
      'study',
      'run',
      join(root, 'test/e2e/tiny-study.yaml'),
      '--home',
      served.home,
      '--json',
    ],
    { encoding: 'utf8' },
  );
  expect(status).toBe(0);
  study = /"study": "([0-9a-f]+)"/.exec(stdout)?.[1] ?? '';
  expect(study).not.toBe('');
  await served.start();
});
afterAll(() => served.close());

describe('the report of a study', () => {
  it('is exported as it is shown, with the notes and sections that were chosen', async () => {
    const { page, errors } = await served.open(`#/study/${study}/report`);
    const preview = page.locator('.preview');
    await preview.getByRole('heading', { name: 'Answer' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'Notes' }).fill('# Seen\n\nIt *works*.');
    await preview.getByRole('heading', { name: 'Seen' }).waitFor();
    await page.getByRole('checkbox', { name: 'Events' }).uncheck();
    await expect.poll(() => preview.locator('#events').count()).toBe(0);

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'HTML, one file' }).click(),
    ]);
    const html = readFileSync(await file.path(), 'utf8');
    expect(file.suggestedFilename()).toBe('tiny.html');
    expect(html).toContain('<em>works</em>');
    expect(html).not.toContain('<section id="events"');
    const text = (await preview.evaluate((host) => host.shadowRoot?.textContent ?? '')).replace(/\s+/g, ' ');
    const { page: other } = await served.open();
    await other.setContent(html);
    const exported = (await other.evaluate(() => document.body.textContent ?? '')).replace(/\s+/g, ' ');
    expect(text.trim()).toBe(exported.trim());

    for (const [name, ending] of [
      ['Markdown', '.md'],
      ['Parquet of the curves', '.parquet'],
      ['Study file', '.yaml'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name, exact: true }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`tiny${ending}`);
      if (ending === '.parquet')
        expect(readFileSync(await download.path(), 'latin1').slice(0, 4)).toBe('PAR1');
    }
    const [figure] = await Promise.all([
      page.waitForEvent('download'),
      page
        .getByRole('button', { name: /^PNG of / })
        .first()
        .click(),
    ]);
    expect(
      readFileSync(await figure.path())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(errors).toEqual([]);

    const later = await served.open('#/');
    await later.page.getByRole('searchbox').fill('works');
    await later.page.getByRole('link', { name: 'tiny' }).first().waitFor();
  });
});
