/** The queue in a real browser: order by pointer, buttons and keys, devices, a full disk and a folder that is away. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './built-program.ts';
import { ServedWindow, seriousFindings } from './served-window.ts';

const TINY = readFileSync(join(root, 'test/e2e/tiny-study.yaml'), 'utf8');
const LONG = TINY.replaceAll('steps: 12', 'steps: 20000');
const named = (text: string, name: string): string => text.replace('name: tiny', `name: ${name}`);
const opened: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of opened) await close();
});

/** A window on a queue as an earlier start left it. */
async function queueOf(served: ServedWindow, texts: readonly string[]): Promise<void> {
  mkdirSync(served.home, { recursive: true });
  const jobs = texts.map((text, index) => ({
    id: `job-0000000${index}`,
    name: /name: (\w+)/.exec(text)?.[1],
    studyId: null,
    state: 'waiting',
    failure: null,
    addedAt: '2026-01-01T00:00:00.000Z',
    text,
  }));
  writeFileSync(join(served.home, 'queue.json'), JSON.stringify(jobs));
  opened.push(() => served.close());
  await served.start();
}

const waiting = (page: Page): Promise<string[]> => page.locator('tr[data-waits] .name').allTextContents();
const order = (page: Page, ...names: string[]) => expect.poll(() => waiting(page)).toEqual(names);

describe('the queue', () => {
  it('is reordered by drag, buttons and keys, says so, and takes each move back', async () => {
    const served = new ServedWindow();
    await queueOf(served, [named(LONG, 'long'), ...['a', 'b', 'c'].map((name) => named(TINY, name))]);
    const { page, errors } = await served.open('#/queue');
    for (const name of ['long', 'a', 'b', 'c'])
      await page.getByRole('button', { name: `Continue ${name}` }).click();
    await order(page, 'a', 'b', 'c');

    const row = (name: string) =>
      page.locator('tr[data-waits]', { has: page.getByText(name, { exact: true }) });
    const middle = async (name: string) => {
      const box = (await row(name).boundingBox())!;
      return { x: box.x + 120, y: box.y + box.height / 2, bottom: box.y + box.height };
    };
    const [c, a] = [await middle('c'), await middle('a')];
    // Escape leaves everything as it was.
    await page.mouse.move(c.x, c.y);
    await page.mouse.down();
    await page.mouse.move(a.x, a.y - 4, { steps: 4 });
    await page.locator('tr.before').waitFor();
    await page.getByText('Move c').waitFor();
    await page.keyboard.press('Escape');
    await page.mouse.up();
    expect(await page.locator('tr.before').count()).toBe(0);
    await order(page, 'a', 'b', 'c');
    // A drop outside does nothing and says so.
    await page.mouse.move(c.x, c.y);
    await page.mouse.down();
    await page.mouse.move(c.x, c.bottom + 300, { steps: 4 });
    await page.getByText('Only among the studies that wait').waitFor();
    await page.mouse.up();
    await order(page, 'a', 'b', 'c');

    await page.mouse.move(c.x, c.y);
    await page.mouse.down();
    await page.mouse.move(a.x, a.y - 4, { steps: 4 });
    await page.mouse.up();
    await order(page, 'c', 'a', 'b');
    await page.locator('[aria-live]').getByText('c is now 1 of 3 that wait.').waitFor();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
      .toMatch(/^Order of c/);

    await page.getByRole('button', { name: 'Move c down' }).click();
    await order(page, 'a', 'c', 'b');
    await row('b').locator('.handle').focus();
    await page.keyboard.press('Alt+ArrowUp');
    await order(page, 'a', 'b', 'c');
    await row('a').locator('.handle').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.locator('[aria-live]').getByText('Place 3 of 3.').waitFor();
    await page.keyboard.press('Space');
    await order(page, 'b', 'c', 'a');
    for (const names of [
      ['a', 'b', 'c'],
      ['a', 'c', 'b'],
      ['c', 'a', 'b'],
      ['a', 'b', 'c'],
    ]) {
      await page.keyboard.press('Control+z');
      await order(page, ...names);
    }
    await page.keyboard.press('Control+Shift+z');
    await order(page, 'c', 'a', 'b');
    expect(await seriousFindings(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('says of one device after the other how fast it trains, or why it does not, until it is stopped', async () => {
    const served = new ServedWindow();
    await queueOf(served, []);
    const { page, errors } = await served.open('#/queue');
    await page.getByRole('button', { name: 'Test devices' }).click();
    await page.getByRole('row', { name: /^cpu testing/ }).waitFor();
    await page.getByRole('row', { name: /^tfjs-gpu waiting/ }).waitFor();
    const cpu = page.getByRole('row', { name: /^cpu can train/ });
    await cpu.waitFor({ timeout: 120_000 });
    expect(await cpu.locator('.num').first().textContent()).toMatch(/^[\d.\s]+$/);
    const cuda = page.getByRole('row', { name: /^cuda can(not)? train/ });
    await cuda.waitFor({ timeout: 120_000 });
    expect((await cuda.locator('.wrap').textContent())!.length).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Test devices' }).waitFor();
    expect(await page.getByRole('row', { name: /^tfjs-gpu/ }).count()).toBe(0);
    expect(await cpu.count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it('keeps what lies in a folder that is pulled out, and goes on when it is back', async () => {
    const served = new ServedWindow();
    await queueOf(served, [named(LONG, 'long')]);
    const { page } = await served.open('#/queue');
    await page.getByRole('button', { name: 'Continue long' }).click();
    await page.getByRole('button', { name: 'Pause long' }).first().click();
    await page.getByRole('cell', { name: 'paused' }).waitFor();
    const checkpoints = join(served.home, 'checkpoints');
    renameSync(checkpoints, `${checkpoints}-gone`);
    await page.getByText('Checkpoints of 1 study are not available: the folder is not connected.').waitFor();
    await page.getByRole('button', { name: 'Continue long' }).last().click();
    await page.getByRole('cell', { name: 'waits for its folder' }).waitFor();
    await page.goto(served.at('#/'));
    await page.getByText('not available', { exact: true }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    renameSync(`${checkpoints}-gone`, checkpoints);
    await page.goto(served.at('#/queue'));
    await page.getByRole('cell', { name: 'running' }).waitFor();
    // The folder and the queue are told of by two streams; either can be first.
    await expect.poll(() => page.getByText('Checkpoints of 1 study').count()).toBe(0);
  });

  it('pauses on a full disk, says what is needed, starts on it, and goes on when there is space', async (context) => {
    const probe = new ServedWindow();
    const small = join(probe.folder, 'small');
    mkdirSync(small);
    try {
      // Needs the right to mount; elsewhere test/service/window/job-holds.test.ts stands for it.
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', small], { stdio: 'ignore' });
    } catch {
      rmSync(probe.folder, { recursive: true });
      context.skip();
    }
    const served = new ServedWindow(small);
    opened.push(async () => {
      execFileSync('umount', ['-l', small]);
      rmSync(probe.folder, { recursive: true });
    });
    await queueOf(served, [named(LONG, 'long')]);
    const { page } = await served.open('#/queue');
    await page.getByRole('button', { name: 'Continue long' }).click();
    await page.locator('footer [role=progressbar]').waitFor();
    const filler = join(small, 'filler');
    try {
      writeFileSync(filler, Buffer.alloc(64 * 2 ** 20));
    } catch {
      // The disk is full now, which is what is wanted.
    }
    await page
      .getByText(/^Training is paused: the volume has .+ free, .+ are needed\.$/)
      .waitFor({ timeout: 60_000 });
    await page.getByRole('cell', { name: 'waits for space' }).waitFor();
    await served.restart('SIGKILL');
    await page.reload();
    await page.goto(`${served.address}#/queue`);
    await page.getByRole('cell', { name: 'waits for space' }).waitFor();
    rmSync(filler);
    await page.getByRole('cell', { name: 'running' }).waitFor();
    await expect.poll(() => page.getByText(/^Training is paused/).count()).toBe(0);
  });
});
