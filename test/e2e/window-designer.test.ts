/** The designer in a real browser: a strategy edited by pointer and by keys, undone, measured, and started. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStudyText } from '../../src-main/contract/study-text.ts';
import { countParameters } from '../../src-main/model/parameter-layout.ts';
import { formatFlops } from '../../src-main/report/number-format.ts';
import { growingPointsOf } from '../../src-renderer/designer/pool-cards.ts';
import { type Schedule, scheduleOf } from '../../src-renderer/designer/stage-schedule.ts';
import { ServedWindow, seriousFindings } from './served-window.ts';
import { DESIGNED } from './small-studies.ts';

const STAGES = `name: stages
mode: stacking
seed: 1
data: { corpus: { synthetic: copy, examples: 300, length: 6, symbols: 5 }, tokenizer: { kind: character } }
model: { width: 16, heads: 2, context: 16 }
stages:
  - { layers: 2, steps: 100 }
  - { layers: 4, steps: 100 }
  - { layers: 6, steps: 100 }
policies: [{ policy: lag, search: free }]
pool: { name: both, strategies: [stack, dupLast] }
recipe: { batchSize: 4, warmupSteps: 4 }
decision: { rule: cooldown, lag: 50 }
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
/** Drops a file on an element, as a file manager does. */
async function drop(on: string, name: string, content: string | number[]): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([title, body]) => {
      const made = new DataTransfer();
      made.items.add(new File([typeof body === 'string' ? body : new Uint8Array(body)], title));
      return made;
    },
    [name, content] as const,
  );
  for (const type of ['dragenter', 'drop']) await page.dispatchEvent(on, type, { dataTransfer });
}
/** Widths of the blocks of the schedule, in pixels. */
const blockWidths = (): Promise<number[]> =>
  page
    .locator('.schedule rect')
    .evaluateAll((blocks) => blocks.map((block) => block.getBoundingClientRect().width));
/** What the schedule should be: its FLOPs by the formula that the study is charged with. */
function scheduleOfStudy(text: string, candidates: readonly number[], parameters: number): Schedule {
  const read = readStudyText({ path: 'study', text });
  if (!('value' in read)) throw new Error(JSON.stringify(read.problems));
  const layers = growingPointsOf(read.value)[0]?.from ?? 0;
  const vocabulary = Array.from({ length: 400 }, (_, size) => size + 1).find(
    (size) => countParameters({ ...read.value.model, layers, vocabulary: size }) === parameters,
  );
  if (vocabulary === undefined) throw new Error(`no vocabulary gives ${parameters} parameters`);
  return scheduleOf(read.value, vocabulary, candidates);
}
/** Compares the drawing with FLOPs, and its sum with the estimate of Setup. */
async function expectToScale({ blocks, flops }: Schedule): Promise<void> {
  const widths = await blockWidths();
  const all = widths.reduce((sum, width) => sum + width, 0);
  expect(widths).toHaveLength(blocks.length);
  widths.forEach((width, index) => {
    expect(Math.abs(width - ((blocks[index]?.flops ?? 0) / flops) * all), `block ${index}`).toBeLessThan(1);
  });
  const searching = blocks.reduce((sum, { flops: own, kind }) => sum + (kind === 'search' ? own : 0), 0);
  const drawn = `${formatFlops(flops - searching)} training, ${formatFlops(searching)} search`;
  await page.getByRole('link', { name: 'Setup', exact: true }).click();
  const compute = page.locator('.fact', { hasText: 'compute' }).locator('.num');
  const whole = await compute.innerText();
  await page.getByRole('link', { name: 'Designer', exact: true }).click();
  const totals = page.locator('.schedule svg text').last();
  await expect.poll(() => totals.textContent(), { timeout: PATIENCE }).toContain(`${whole}: ${drawn}, `);
}

beforeAll(async () => {
  await served.start();
  ({ page, errors } = await served.open('#/new'));
  page.setDefaultTimeout(PATIENCE);
  const path = join(served.folder, 'design.yaml');
  writeFileSync(path, DESIGNED);
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

  it('averages two source layers by dragging, by clicks and by keys, each undone by the same label', async () => {
    const before = '0 1 2 3 0* 1* 2* 3*';
    const after = '0+1 1 2 3 0* 1* 2* 3*';
    const mark = await middle(page.getByRole('gridcell', { name: 'Target layer 0, copy of 0' }).first());
    const crossing = { x: mark.x, y: mark.y - 46 };
    const undone = async (): Promise<void> => {
      await expectPlan(after);
      await page.getByText('Done: layer 0 to average of 0 and 1.').waitFor({ state: 'attached' });
      await page.getByRole('button', { name: /^Undo layer 0 to average of 0 and 1/ }).click();
      await expectPlan(before);
    };

    await page.keyboard.down('Alt');
    await drag(crossing, mark);
    await page.getByText('Average 0 and 1', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.mouse.up();
    await expectPlan(before);
    await drag(crossing, mark);
    await page.mouse.up();
    await page.keyboard.up('Alt');
    await undone();

    await page.getByRole('button', { name: /^Average/ }).click();
    await page.getByText('Average: choose the first crossing.').first().waitFor();
    await page.mouse.click(mark.x, mark.y);
    await page.getByText('choose a second crossing in this column').first().waitFor();
    await page.mouse.click(crossing.x, crossing.y);
    await undone();

    await cell(0).click();
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await expectPlan(before);
    await cell(0).click();
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expectPlan(after);
    expect(await page.getByRole('gridcell', { name: 'Target layer 0, average of 0 and 1' }).count()).toBe(3);
    expect(await page.getByLabel('And', { exact: true }).inputValue()).toBe('1');
    // One mark slides to another source; the other stays.
    await drag(crossing, { x: mark.x + 2, y: mark.y - 92 });
    await page.getByText('Take from source 2').waitFor();
    await page.mouse.up();
    await expectPlan('0+2 1 2 3 0* 1* 2* 3*');
    await page.keyboard.press('Control+z');
    await page.getByLabel('And', { exact: true }).selectOption({ label: 'no other' });
    await expectPlan(before);
    await page.getByRole('button', { name: /^Undo layer 0 to copy/ }).click();
    await expectPlan(after);
    await page.getByRole('button', { name: /^Undo layer 0 to average of 0 and 1/ }).click();
    await expectPlan(before);

    // The list has no crossings: the key takes the neighbour.
    await page.getByRole('button', { name: 'List', exact: true }).click();
    await page.locator('tr[aria-selected]').first().click();
    await page.keyboard.press('a');
    await page.getByText('0 and 1', { exact: true }).waitFor();
    await undone();
    await page.getByRole('button', { name: 'Lattice', exact: true }).click();
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
    await dialog.getByRole('textbox').fill('0 1 1z 2*0.5 1+2+3 R Rz Z');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByText(/Word 5 of the plan, "1\+2\+3".* an average has two source layers/).waitFor();
    await dialog.getByRole('textbox').fill('0 1 1z 2*0.5 1+2 R Rz Z');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await expectPlan('0 1 1* 2~0.5 1+2 r i z');
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

  it('takes strategies of dropped files as one step, refuses other files, and copies a card to another draft', async () => {
    const names = (): Promise<string[]> => page.locator('[data-pool-place] .name').allInnerTexts();
    const before = await names();
    await drop('[data-pool]', 'photo.png', [0x89, 0x50, 0xff, 0]);
    await page.getByRole('alert').getByText('photo.png: is not UTF-8 text').waitFor();
    await drop('[data-pool]', 'letter.yaml', 'title: hello');
    await page.getByRole('alert').getByText('letter.yaml: There are no strategies in this text.').waitFor();
    expect(await names()).toEqual(before);
    await drop('aside.left', 'two.yaml', 'name: p\nstrategies: [dupLast, { name: tent, operator: mirror }]');
    await expect.poll(names).toEqual([...before, 'dupLast', 'tent']);
    expect(await page.getByText('Drop strategies to add them to the pool').count()).toBe(0);

    // A study file dropped beside the pool is opened; its tab then takes cards.
    const first = new URL(page.url()).hash;
    await drop('aside.left', 'other.yaml', DESIGNED.replace('name: design', 'name: other'));
    await page.waitForURL((url) => url.hash !== first && url.hash.endsWith('/designer'));
    await page.getByRole('heading', { name: 'stack', exact: true }).waitFor();
    await drag(
      await middle(page.locator('[data-pool-place] button.face', { hasText: 'dead' })),
      await middle(page.getByRole('link', { name: 'design', exact: true })),
    );
    await page.getByText('Copy dead to design').waitFor();
    await page.mouse.up();
    await page.getByText('dead 2 is now in the pool of design.').first().waitFor();
    await page.getByRole('button', { name: 'Actions for stack' }).click();
    await page.getByRole('menuitem', { name: 'Copy to design' }).click();
    await page.getByText('stack is now in the pool of design.').first().waitFor();
    await page.getByRole('link', { name: 'design', exact: true }).click();
    await expect.poll(names).toEqual([...before, 'dupLast', 'tent', 'dead 2', 'stack']);
    for (const label of ['addition of stack', 'addition of dead 2', 'addition of 2 strategies'])
      await page.getByRole('button', { name: `Undo ${label}`, exact: true }).click();
    await expect.poll(names).toEqual(before);
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

  it('draws the schedule to the scale of FLOPs, and their sum is the estimate', async () => {
    const digits = await page.getByRole('definition').nth(2).innerText();
    // Of four strategies two grow the same model.
    const text = DESIGNED.replace('steps: 200', 'steps: 120');
    await expectToScale(scheduleOfStudy(text, [3], Number(digits.replace(/\D/g, ''))));
  });

  it('changes lattice, source and pool together with the growing point', async () => {
    const { hash } = new URL(page.url());
    await drop('aside.left', 'stages.yaml', STAGES);
    await page.getByText('Source, 2 layers').waitFor();
    const parameters = async (): Promise<string> =>
      (await page.getByRole('definition').nth(2).innerText()).replace(/\D/g, '');
    await expect.poll(parameters).not.toBe(''); // known once the corpus is read
    const digits = await parameters();
    await expectToScale(scheduleOfStudy(STAGES, [2, 2], Number(digits.replace(/\D/g, ''))));
    const shown = () =>
      page.evaluate(() => ({
        plan: document.querySelector('header .plan')?.textContent?.trim(),
        source: document.querySelector('aside.left dd')?.textContent,
        rows: document.querySelectorAll('[role=grid] [role=row]').length,
        glyphs: [
          ...document.querySelectorAll('[data-pool-place] svg[aria-label], [data-pool-place] [role=img]'),
        ].map((glyph) => glyph.getAttribute('aria-label')),
      }));
    const first = await shown();
    expect(first).toMatchObject({ plan: '0 1 0 1', source: '2, 16', rows: 3 });
    await page.getByRole('region', { name: 'Schedule' }).getByRole('button', { name: '4→6' }).click();
    await expectPlan('0 1 2 3 0 1');
    const second = await shown();
    expect(second).toMatchObject({ source: '4, 16', rows: 5 });
    expect(second.glyphs).not.toEqual(first.glyphs);
    const points = page.getByRole('group', { name: 'Growing point' });
    expect(await points.getByRole('button', { name: '4→6' }).getAttribute('aria-pressed')).toBe('true');
    await points.getByRole('button', { name: '2→4' }).press('Enter');
    await expect.poll(shown).toEqual(first);

    // A boundary by pointer, by key and by number.
    const stage = page.getByRole('slider', { name: 'Steps of the stage with 4 layers' });
    const steps = async (): Promise<number> => Number(await stage.getAttribute('aria-valuenow'));
    const from = await middle(stage);
    await drag(from, { x: from.x + 50, y: from.y });
    await page.mouse.up();
    await expect.poll(steps).toBeGreaterThan(100);
    const dragged = await steps();
    await stage.press('ArrowRight');
    await expect.poll(steps).toBe(dragged + 50);
    await page.getByRole('textbox', { name: 'Steps of the stage with 4 layers' }).fill('300');
    await page.keyboard.press('Enter');
    await expect.poll(steps).toBe(300);
    await page.goto(served.at(hash));
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
