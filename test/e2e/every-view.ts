/** Two small finished studies and a draft, and the address of every main view that shows something of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { espalier, root } from './built-program.ts';
import type { ServedWindow } from './served-window.ts';
import { auditNamed } from './small-studies.ts';

export interface ShownView {
  readonly name: string;
  readonly hash: string;
  /** Selector of what stands there when its data has come. */
  readonly ready: string;
}

/** Trains the studies into the home of a window that does not run yet. */
export async function recordStudies(served: ServedWindow): Promise<void> {
  const audit = join(served.folder, 'audit.yaml');
  writeFileSync(audit, auditNamed('a small audit'));
  for (const file of [audit, join(root, 'test/e2e/tiny-stacking.yaml')]) {
    const { code, stderr } = await espalier(['study', 'run', file, '--home', served.home]);
    if (code !== 0) throw new Error(`${file} ended with ${code}: ${stderr}`);
  }
}

/** Main views of the served window, once it runs: places of the window, a draft, the audit and the stacking study. */
export async function everyView(served: ServedWindow): Promise<readonly ShownView[]> {
  const { stdout } = await espalier(['study', 'list', '--json', '--home', served.home]);
  const { studies } = JSON.parse(stdout) as { studies: { study: string; mode: string }[] };
  const idOf = (mode: string): string => studies.find((study) => study.mode === mode)?.study ?? '';
  const { page } = await served.open('#/new');
  const file = join(served.folder, 'demo.yaml');
  writeFileSync(file, readFileSync(join(root, 'resources/studies/demo.yaml')));
  await page.setInputFiles('input[type=file]', file);
  await page.waitForURL(/#\/draft\//);
  const draft = /draft-[0-9a-f]{8}/.exec(page.url())?.[0] ?? '';
  await page.context().close();
  const [audit, stacking] = [idOf('audit'), idOf('stacking')];
  return [
    { name: 'studies', hash: '#/', ready: '[role=row].study' },
    { name: 'new study', hash: '#/new', ready: 'main button' },
    { name: 'queue', hash: '#/queue', ready: '.panel' },
    { name: 'settings', hash: '#/settings', ready: 'dl.kv dd' },
    { name: 'setup', hash: `#/draft/${draft}/setup`, ready: '.cm-line' },
    { name: 'designer', hash: `#/draft/${draft}/designer`, ready: '[role=grid]' },
    {
      name: 'dynamics',
      hash: `#/study/${audit}/dynamics`,
      ready: '.dynamics[data-phase=ranked] table.rk tbody tr',
    },
    { name: 'timeline', hash: `#/study/${stacking}/timeline`, ready: '[role=group] button[aria-pressed]' },
    { name: 'designer of a stacking study', hash: `#/study/${stacking}/designer`, ready: '[role=grid]' },
    { name: 'report', hash: `#/study/${audit}/report`, ready: '.preview' },
  ];
}

/** Opens a view and waits until its data has come and its charts are drawn. */
export async function showView(served: ServedWindow, page: Page, { hash, ready }: ShownView): Promise<void> {
  await page.goto(served.at(hash));
  await page.locator(ready).first().waitFor({ state: 'attached' });
  await page.waitForTimeout(800);
}
