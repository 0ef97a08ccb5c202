/** From a study file to a report that opens in a browser, through the built program. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage } from './browser.ts';
import { espalier, root } from './built-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'espalier-e2e-'));
const home = join(folder, 'home');
const studyFile = join(root, 'test/e2e/tiny-study.yaml');
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a study from the command line', () => {
  let report = '';

  it('runs, decides and writes a report', async () => {
    const run = await espalier(['study', 'run', studyFile, '--home', home, '--json']);
    expect(run.stderr).not.toContain('Error');
    expect(run.code).toBe(0);
    const result = JSON.parse(run.stdout);
    expect(result.candidates.map((row: { strategy: string }) => row.strategy)).toEqual([
      'stack',
      'idCopyTop',
      'randTop',
    ]);
    for (const row of result.candidates)
      for (const key of ['initialLoss', 'lossAtLag', 'finalLoss']) expect(row[key]).toBeGreaterThan(0);
    expect(result.candidates.map((row: { strategy: string }) => row.strategy)).toContain(
      result.decision.strategy,
    );
    expect(result.decision.tie).toContain(result.decision.strategy);
    expect(result.cost.shareOfExhaustive).toBeGreaterThan(0);
    report = result.report;
    expect(report).toMatch(/report\.html$/);
  });

  for (const scheme of ['light', 'dark'] as const)
    for (const width of [1440, 420])
      it(`shows its report in ${scheme} at ${width} px without errors, requests or sideways scrolling`, async () => {
        const { page, errors, requests } = await openPage(browser, pathToFileURL(report).href, {
          width,
          scheme,
        });
        expect(await page.title()).toContain('tiny');
        expect(await page.locator('h1').textContent()).toBe('tiny');
        expect(await page.locator('svg[role=img]').count()).toBeGreaterThan(3);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow).toBeLessThanOrEqual(0);
        expect(errors).toEqual([]);
        expect(requests).toEqual([]);
        await page.close();
      });

  it('prints its report', async () => {
    const { page } = await openPage(browser, pathToFileURL(report).href, { width: 1200, scheme: 'light' });
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(20_000);
    await page.close();
  });

  it('leaves the study file and the tables beside the report', () => {
    const beside = (name: string): string => readFileSync(join(dirname(report), name), 'utf8');
    expect(beside('report.md')).toContain('# ');
    expect(beside('candidates.csv').split('\n')[0]).toContain('strategy');
    expect(beside('curves.csv').split('\n').length).toBeGreaterThan(10);
    expect(beside('study.yaml')).toContain('name: tiny');
  });

  it('gives the same numbers when the reported study file is run in another home', async () => {
    const again = await espalier([
      'study',
      'run',
      join(dirname(report), 'study.yaml'),
      '--home',
      join(folder, 'again'),
      '--json',
    ]);
    const first = await espalier(['study', 'run', studyFile, '--home', home, '--json']); // finished: shown again
    const numbers = (text: string): unknown => {
      const { candidates, decision } = JSON.parse(text);
      return {
        candidates: candidates.map(
          ({ strategy, initialLoss, lossAtLag, finalLoss }: Record<string, unknown>) => ({
            strategy,
            initialLoss,
            lossAtLag,
            finalLoss,
          }),
        ),
        decision,
      };
    };
    expect(numbers(again.stdout)).toEqual(numbers(first.stdout));
  });
});
