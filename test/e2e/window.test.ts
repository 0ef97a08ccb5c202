/** The built page in a real browser, on the real service with real trainers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from './browser.ts';
import { root } from './built-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'espalier-window-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser: Browser;
let host: ChildProcess;
let link: string;

/** Starts `espalier serve` and waits for its link. */
function serve(port: number): Promise<{ child: ChildProcess; link: string }> {
  const child = spawn(
    process.execPath,
    [
      join(root, 'out/main/espalier.js'),
      'serve',
      '--no-open',
      '--port',
      String(port),
      '--home',
      join(folder, 'home'),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.on('data', (data) => {
      text += data;
      const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(text)?.[0];
      if (found) resolve({ child, link: found });
    });
    child.on('exit', (code) => reject(new Error(`serve ended with ${code}: ${text}`)));
  });
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)));

async function openWindow(options: { width?: number; scheme?: 'light' | 'dark' } = {}) {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: 900 },
    colorScheme: options.scheme ?? 'light',
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) errors.push(message.text());
  });
  await page.goto(link);
  return { page, errors };
}

beforeAll(async () => {
  browser = await openBrowser();
  ({ child: host, link } = await serve(0));
});

afterAll(async () => {
  await browser?.close();
  host?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const seriousFindings = async (page: Page): Promise<string[]> => {
  // The page's policy forbids added scripts, so axe goes in by the debugger.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (
      window as unknown as { axe: { run: () => Promise<{ violations: { id: string; impact: string }[] }> } }
    ).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id }) => id);
  });
};

describe('the window', () => {
  it('takes a new user to a running study in one click, pauses it, and has it again after a restart', async () => {
    const { page, errors } = await openWindow();
    expect(page.url()).not.toContain('token');
    await page.getByRole('button', { name: /^Run the demo/ }).click();
    await page.getByRole('cell', { name: 'running' }).waitFor();
    await page.waitForFunction(
      () => Number(document.querySelector('footer [role=progressbar]')?.getAttribute('aria-valuenow')) >= 1,
    );
    const other = await openWindow();
    await other.page.goto(`${new URL(link).origin}/#/queue`);
    await other.page.getByRole('button', { name: 'Pause demo' }).first().click();
    await page.getByRole('cell', { name: 'paused' }).waitFor();
    expect([...errors, ...other.errors]).toEqual([]);

    const port = Number(new URL(link).port);
    const end = ended(host);
    host.kill('SIGINT');
    expect(await end).toBe(0);
    await page.getByText('The service does not answer. Trying again.').first().waitFor();
    ({ child: host, link } = await serve(port));
    const { page: later } = await openWindow();
    await later.goto(`${new URL(link).origin}/#/queue`);
    await later.getByRole('cell', { name: 'paused' }).waitFor();
    await later.getByRole('button', { name: 'Take demo out of the queue' }).click();
    await later.getByText('The queue is empty.').waitFor();
  });

  it('runs a chosen study file, and says what is wrong with others', async () => {
    const { page, errors } = await openWindow();
    const choose = async (name: string, content: string | Buffer): Promise<void> => {
      const path = join(folder, name);
      writeFileSync(path, content);
      await page.goto(`${new URL(link).origin}/#/`);
      await page.setInputFiles('input[type=file]', path);
    };
    await choose('wrong.yaml', 'name: x\nmode: nothing\n');
    await page.getByRole('alert').getByText(/mode/).first().waitFor();
    await choose('binary.yaml', Buffer.from([0, 1, 2, 255]));
    await page.getByRole('alert').getByText('is not UTF-8 text').waitFor();
    await choose('huge.yaml', `name: ${'x'.repeat(300_000)}`);
    await page
      .getByRole('alert')
      .getByText(/has 300006 bytes/)
      .waitFor();
    await choose('tiny.yaml', readFileSync(join(root, 'test/e2e/tiny-study.yaml')));
    await page.getByRole('cell', { name: 'done' }).waitFor();
    expect(errors).toEqual([]);
  });

  it('has no serious accessibility finding in either theme, wide or narrow, and nothing cut', async () => {
    for (const scheme of ['light', 'dark'] as const)
      for (const width of [1440, 800]) {
        const { page } = await openWindow({ scheme, width });
        for (const place of ['', 'queue', 'settings', 'nowhere']) {
          await page.goto(`${new URL(link).origin}/#/${place}`);
          await page.locator('main > *').first().waitFor();
          expect(await seriousFindings(page), `${place} ${scheme} ${width}`).toEqual([]);
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
            `${place} ${width}`,
          ).toBe(true);
        }
      }
  });
});
