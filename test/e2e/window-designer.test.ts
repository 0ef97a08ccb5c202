/** The designer in a real browser: a strategy edited by pointer and by keys, undone, measured, and started. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServedWindow, seriousFindings } from './served-window.ts';

const STUDY = `# Made for the designer
name: design
mode: select
seed: 1
data: { corpus: { synthetic: copy, examples: 300, length: 6, symbols: 5 }, tokenizer: { kind: character } }
model: { width: 16, heads: 2, context: 16 }
source: { layers: 4, steps: 200, recipe: { batchSize: 4, warmupSteps: 4 } }
target: { layers: 8 }
pool:
  name: mine
  strategies: [stack, idCopyTop, dead]
recipe: { batchSize: 4, warmupSteps: 4 }
horizon: 400
decision: { rule: cooldown, lag: 100 }
evaluation: { batches: 4, batchSize: 4 }
`;

const served = new ServedWindow();
let page: Page;
let errors: readonly string[];
/** Milliseconds; nothing here trains before the last test. */
const PATIENCE = 8000;

const plan = (): Promise<string> => page.locator('header .plan').innerText();
const cell = (column: number): Locator =>
  page
    .locator('[role=row]')
    .last()
    .getByRole('gridcell', { name: new RegExp(`^Target layer ${column},`) });
async function expectPlan(text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector('header .plan')?.textContent?.trim() === wanted,
    text,
    {},
  );
}
async function middle(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (!box) throw new Error('it is not on the screen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
/** Presses, moves in steps as a hand does, and holds. */
async function drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 6, from.y, { steps: 2 });
  await page.mouse.move(to.x, to.y, { steps: 8 });
}

beforeAll(async () => {
  await served.start();
  ({ page, errors } = await served.open('#/new'));
  page.setDefaultTimeout(PATIENCE);
  const path = join(served.folder, 'design.yaml');
  writeFileSync(path, STUDY);
  await page.setInputFiles('input[type=file]', path);
  await page.waitForURL(/#\/draft\/[^/]+\/designer$/);
  await expectPlan('0 1 2 3 0 1 2 3');
});
afterAll(() => served.close());

describe('the designer', () => {
  it('moves layers by pointer, shows where they go, and leaves everything on Escape', async () => {
    const first = await middle(cell(1));
    const gap = { x: (await middle(cell(4))).x + 44, y: first.y };
    await drag(first, gap);
    await page.getByText('after layer 4, before 5').waitFor();
    await page.getByText('Move 1 layer', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.mouse.up();
    await expectPlan('0 1 2 3 0 1 2 3');

    await drag(first, gap);
    await page.mouse.up();
    await expectPlan('0 2 3 0 1 1 2 3');
    expect(await page.getByRole('button', { name: /^Undo move of 1 layer/ }).count()).toBe(1);
    // By hand it is no longer a stack.
    await page.getByRole('heading', { name: 'stack edited', exact: true }).waitFor();
  });

  it('does the same by keys, and each step is undone by its label', async () => {
    await page.keyboard.press('Control+z');
    await expectPlan('0 1 2 3 0 1 2 3');
    await cell(1).click();
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Alt+ArrowRight');
    await expectPlan('0 2 3 0 1 1 2 3');
    for (const before of ['0 2 3 1 0 1 2 3', '0 2 1 3 0 1 2 3', '0 1 2 3 0 1 2 3']) {
      await page.keyboard.press('Control+z');
      await expectPlan(before);
    }

    await cell(1).click();
    await page.keyboard.press('Space');
    for (let presses = 0; presses < 4; presses++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    await expectPlan('0 2 3 0 1 1 2 3');
    await page.getByText('Dropped. The layer is now 4. Undo with Control Z.').waitFor({ state: 'attached' });
    await page.keyboard.press('Control+z');
    await expectPlan('0 1 2 3 0 1 2 3');
    await page.keyboard.press('Control+Shift+z');
    await expectPlan('0 2 3 0 1 1 2 3');
    await page.keyboard.press('Control+z');
    await expectPlan('0 1 2 3 0 1 2 3');
  });

  it('sets operators by key, by click and by dragging from the palette', async () => {
    await cell(4).click();
    await page.keyboard.press('i');
    await expectPlan('0 1 2 3 0* 1 2 3');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('button', { name: /^Identity copy/ }).click();
    await expectPlan('0 1 2 3 0* 1* 2 3');
    await drag(await middle(page.getByRole('button', { name: /^Identity copy/ })), await middle(cell(6)));
    await page.getByText('Set operator', { exact: true }).waitFor();
    await page.mouse.up();
    await expectPlan('0 1 2 3 0* 1* 2* 3');
    await cell(7).click();
    await page.getByLabel('Operator', { exact: true }).selectOption('identity');
    await expectPlan('0 1 2 3 0* 1* 2* 3*');
    await page.getByText('Gap 0.000, keeps the function').waitFor();
    await page.getByText('grows the same model as stack edited').waitFor();
  });

  it('takes a layer from another source by sliding its mark and by keys', async () => {
    const mark = await middle(page.getByRole('gridcell', { name: 'Target layer 3, copy of 3' }).first());
    await drag(mark, { x: mark.x + 2, y: mark.y + 46 });
    await page.getByText('Take from source 2').waitFor();
    await page.mouse.up();
    await expectPlan('0 1 2 2 0* 1* 2* 3*');
    await cell(3).click();
    for (let presses = 0; presses < 4; presses++) await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expectPlan('0 1 2 3 0* 1* 2* 3*');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('gridcell');
  });

  it('says which layer is too many, and which word cannot be read', async () => {
    await cell(7).click();
    await page.keyboard.press('Control+d');
    await page.getByText('The plan has 9 entries; the target has 8 layers').first().waitFor();
    await page.getByRole('gridcell', { name: 'Target layer 8, identity of 3, surplus' }).first().waitFor();
    const start = page.getByRole('button', { name: 'Start probes' });
    expect(await start.isDisabled()).toBe(true);
    expect(await start.getAttribute('title')).toContain(
      'stack edited cannot grow 4→8. The plan has 9 entries',
    );
    await page.getByRole('button', { name: 'Show in the Designer' }).waitFor();
    await page.keyboard.press('Control+z');
    await expectPlan('0 1 2 3 0* 1* 2* 3*');
    await expect.poll(() => start.isEnabled()).toBe(true);
    await page.getByRole('button', { name: 'New strategy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'From file or paste' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add strategies from text' });
    await dialog.getByRole('textbox').fill('0 1 q 3');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByText(/Word 3 of the plan, "q"/).waitFor();
    await dialog.getByRole('textbox').fill('0 1 2 3 r i z 3~0.5');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await expectPlan('0 1 2 3 r i z 3~0.5');
  });

  it('changes the pool: rename, reorder, control, remove, each undone', async () => {
    const names = (): Promise<string[]> => page.locator('[data-pool-place] .name').allInnerTexts();
    await page.getByRole('button', { name: 'Actions for plan' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByLabel('New name of plan').fill('mixed');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'mixed', exact: true }).waitFor();
    await page.locator('[data-pool-place] button.face').last().focus();
    await page.keyboard.press('Alt+ArrowLeft');
    await expect.poll(names).toEqual(['stack edited', 'idCopyTop', 'mixed', 'dead']);
    const cards = page.locator('[data-pool-place]');
    await drag(await middle(cards.nth(3)), {
      ...(await middle(cards.nth(0))),
      x: (await middle(cards.nth(0))).x - 50,
    });
    await page.mouse.up();
    await expect.poll(names).toEqual(['dead', 'stack edited', 'idCopyTop', 'mixed']);
    await page.getByLabel('Control: from scratch').check();
    await expect.poll(names).toContain('scratch');
    await page.getByLabel('Control: from scratch').uncheck();
    for (const label of ['removal of scratch', 'addition of scratch', 'move of dead', 'move of mixed'])
      await page.getByRole('button', { name: new RegExp(`^Undo ${label}`) }).click();
    await expect.poll(names).toEqual(['stack edited', 'idCopyTop', 'dead', 'mixed']);
  });

  it('moves a boundary of the schedule by pointer, keys and number', async () => {
    const source = page.getByRole('slider', { name: 'Steps of the source' });
    const value = async (): Promise<number> => Number(await source.getAttribute('aria-valuenow'));
    const from = await middle(source);
    await drag(from, { x: from.x + 60, y: from.y });
    await page.mouse.up();
    await expect.poll(value).toBeGreaterThan(200);
    expect((await value()) % 50).toBe(0);
    const dragged = await value();
    await source.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(value).toBe(dragged - 50);
    await page.getByRole('textbox', { name: 'Steps of the source' }).fill('120');
    await page.keyboard.press('Enter');
    await expect.poll(value).toBe(120);
  });

  it('has dividers that are dragged, moved by keys, set back, and are none in a narrow window', async () => {
    const divider = page.getByRole('separator', { name: 'Width of the facts' });
    const width = async (): Promise<number> =>
      Math.round((await page.locator('aside.right').boundingBox())?.width ?? 0);
    const limit = async (name: 'min' | 'max'): Promise<number> =>
      Number(await divider.getAttribute(`aria-value${name}`));
    const at = await middle(divider);
    await drag(at, { x: at.x - 60, y: at.y });
    await page.mouse.up();
    await expect.poll(width).toBe(324);
    expect(await divider.getAttribute('aria-valuenow')).toBe('324');
    await divider.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(width).toBe(308);
    await page.keyboard.press('Home');
    await expect.poll(width).toBe(await limit('min'));
    await page.keyboard.press('End');
    await expect.poll(width).toBe(await limit('max'));
    await drag(await middle(divider), at);
    await page.keyboard.press('Escape');
    await page.mouse.up();
    await expect.poll(width).toBe(await limit('max'));
    await divider.dblclick();
    await expect.poll(width).toBe(264);
    await page.setViewportSize({ width: 1100, height: 900 });
    await expect.poll(width).toBe(232);
    expect(await divider.count()).toBe(0);
    await page.setViewportSize({ width: 1440, height: 900 });
    await divider.waitFor();
  });

  it('lists recent edits, and goes back and forward to one of them', async () => {
    const edits = page
      .getByRole('complementary', { name: 'Checks' })
      .getByRole('list', { name: 'Recent edits' });
    const current = (): Promise<string> => edits.locator('[aria-current]').innerText();
    expect(await current()).toBe('Steps of the source to 120');
    await edits.getByRole('button', { name: 'As it began' }).waitFor({ state: 'attached' });
    await edits.getByRole('button', { name: 'Renaming of plan to mixed' }).click();
    await expect.poll(current).toBe('Renaming of plan to mixed');
    const source = page.getByRole('slider', { name: 'Steps of the source' });
    expect(await source.getAttribute('aria-valuenow')).toBe('200');
    await page.getByRole('button', { name: 'Recent edits' }).press('Enter');
    const popUp = page.getByRole('dialog', { name: 'Recent edits' });
    await popUp.locator('[aria-current]').press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await expect.poll(current).toBe('Steps of the source to 120');
    await expect.poll(() => source.getAttribute('aria-valuenow')).toBe('120');
  });

  it('has no serious finding of axe in its three forms', async () => {
    for (const form of ['Lattice', 'List', 'YAML']) {
      await page.getByRole('button', { name: form, exact: true }).click();
      expect(await seriousFindings(page)).toEqual([]);
    }
  });

  it('keeps the edits over a restart, undo included, and starts the study it shows', async () => {
    const { hash } = new URL(page.url());
    expect(errors).toEqual([]);
    await served.restart();
    ({ page, errors } = await served.open(hash));
    await page.getByRole('button', { name: 'Lattice', exact: true }).click();
    await page.getByRole('button', { name: 'mixed', exact: false }).first().click();
    await page.getByRole('button', { name: /^Undo steps of the source to 120/ }).waitFor();
    await page
      .locator('aside')
      .getByRole('button', { name: 'Steps of the source to 120', exact: true })
      .waitFor();
    await page.getByRole('button', { name: 'Start probes' }).click();
    await page.waitForURL(/#\/study\/[^/]+\/dynamics$/);
    await page.goto(page.url().replace('dynamics', 'designer'));
    await page.getByText('This study has started. Duplicate and edit to change its plan.').waitFor();
    expect(await page.getByRole('button', { name: /^Identity copy/ }).isDisabled()).toBe(true);
    expect(await plan()).toBe('0 1 2 3 0* 1* 2* 3*');
    expect(errors).toEqual([]);
  });
});
