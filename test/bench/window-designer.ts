/**
 * Editing a strategy of 96 layers in the designer, in Chromium: time from a key or a movement of the pointer until
 * the page is laid out again, script and layout together, and the intervals of frames while dragging. Aim: below
 * 16 ms a frame. The page must be served (test/e2e/served-window.ts).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ServedWindow } from '../e2e/served-window.ts';

export interface Times {
  readonly median: number;
  readonly p95: number;
  readonly most: number;
}

export interface DesignerTimes {
  readonly layers: number;
  /** Milliseconds of one edit until the lattice is laid out again. */
  readonly edit: Times;
  /** The longest time that the page was busy at once in the frames after it: file text, pool, facts, checks. */
  readonly after: Times;
  /** Milliseconds of one movement of the pointer while layers are dragged. */
  readonly drag: Times;
  /** Milliseconds of moving the focus by one layer. */
  readonly focus: Times;
}

const SOURCE = 48;
const TARGET = 96;
const EDITS = 60;

const STUDY = `name: deep
mode: select
data: { corpus: { synthetic: copy, examples: 300, length: 6, symbols: 5 }, tokenizer: { kind: character } }
model: { width: 256, heads: 4, context: 64 }
source: { layers: ${SOURCE}, steps: 500 }
target: { layers: ${TARGET} }
pool: demo-12
`;

function timesOf(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2));
  return { median: at(0.5), p95: at(0.95), most: at(1) };
}

/** @param page a window with no study open yet */
export async function measureDesigner(page: Page, folder: string): Promise<DesignerTimes> {
  const path = join(folder, 'deep.yaml');
  writeFileSync(path, STUDY);
  await page.setInputFiles('input[type=file]', path);
  await page.waitForURL(/#\/draft\/[^/]+\/designer$/);
  await page
    .getByRole('gridcell', { name: `Target layer ${TARGET - 1},` })
    .last()
    .waitFor();
  const cell = page.getByRole('gridcell', { name: 'Target layer 4,' }).last();
  await cell.click();

  const keys = (pressed: readonly string[], count: number): Promise<{ took: number[]; after: number[] }> =>
    page.evaluate(
      async ({ pressed: names, count: times }) => {
        const took: number[] = [];
        const after: number[] = [];
        const { port1, port2 } = new MessageChannel();
        /** Milliseconds between turns of the event loop, the longest of the next 60 ms. */
        const longestTurn = (): Promise<number> =>
          new Promise((resolve) => {
            const begin = performance.now();
            let last = begin;
            let longest = 0;
            port2.onmessage = () => {
              const now = performance.now();
              longest = Math.max(longest, now - last);
              last = now;
              if (now - begin > 60) resolve(longest);
              else port1.postMessage(null);
            };
            port1.postMessage(null);
          });
        for (let index = 0; index < times; index++) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
          const start = performance.now();
          const key = names[index % names.length]!;
          document.activeElement?.dispatchEvent(
            new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
          );
          await Promise.resolve();
          await new Promise((resolve) => queueMicrotask(() => resolve(null)));
          document.body.getBoundingClientRect();
          took.push(performance.now() - start);
          after.push(await longestTurn());
        }
        return { took, after };
      },
      { pressed, count },
    );
  const focus = await keys(['ArrowRight', 'ArrowLeft'], EDITS);
  const edit = await keys(['i', 'c', 's', 'r'], EDITS);

  const box = await cell.boundingBox();
  if (!box) throw new Error('the lattice is not on the screen');
  await page.mouse.move(box.x + 8, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + 20, box.y + 8, { steps: 2 });
  const drag = await page.evaluate(
    async ({ x, y, count }) => {
      const took: number[] = [];
      for (let index = 0; index < count; index++) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const start = performance.now();
        const clientX = x + 20 + index * 8;
        window.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY: y + 8, bubbles: true }));
        await Promise.resolve();
        await new Promise((resolve) => queueMicrotask(() => resolve(null)));
        document.body.getBoundingClientRect();
        took.push(performance.now() - start);
      }
      return took;
    },
    { x: box.x, y: box.y, count: EDITS },
  );
  if ((await page.locator('.ghost').count()) === 0) throw new Error('nothing was dragged');
  await page.keyboard.press('Escape');
  await page.mouse.up();
  return {
    layers: TARGET,
    edit: timesOf(edit.took),
    after: timesOf(edit.after),
    drag: timesOf(drag),
    focus: timesOf(focus.took),
  };
}

export async function benchWindowDesigner({ json }: { readonly json: boolean }): Promise<void> {
  const served = new ServedWindow();
  try {
    await served.start();
    const { page } = await served.open('#/new');
    const times = await measureDesigner(page, served.folder);
    if (json) process.stdout.write(`${JSON.stringify({ view: 'designer', ...times })}\n`);
    else
      for (const name of ['focus', 'edit', 'after', 'drag'] as const) {
        const { median, p95, most } = times[name];
        process.stdout.write(
          `${TARGET} layers  ${name.padEnd(6)} median ${median} ms  95 % ${p95} ms  most ${most} ms\n`,
        );
      }
  } finally {
    await served.close();
  }
}
