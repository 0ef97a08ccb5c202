/** The service is killed while a study trains and two tabs watch: both say so, and the study goes on without a loss. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './built-program.ts';
import { ServedWindow } from './served-window.ts';

const STUDY = `name: killed
mode: audit
seed: 3
data: { corpus: { synthetic: copy, examples: 300, length: 6, symbols: 5 }, tokenizer: { kind: character } }
model: { width: 16, heads: 2, context: 16 }
source: { layers: 2, steps: 200, recipe: { batchSize: 4, warmupSteps: 4 } }
target: { layers: 4 }
pool: { name: mine, strategies: [stack, interleave, idCopyTop] }
recipe: { batchSize: 4, warmupSteps: 4 }
horizon: 240
decision: { rule: lossAtLag, lag: 40, resamples: 200 }
evaluation: { batches: 4, batchSize: 4, early: [5, 10, 20, 40], every: 20 }
`;

const served = new ServedWindow();
const undisturbed = new ServedWindow();
let file = '';

beforeAll(async () => {
  file = join(served.folder, 'killed.yaml');
  writeFileSync(file, STUDY);
  await served.start();
});
afterAll(async () => {
  await served.close();
  await undisturbed.close();
});

interface Shown {
  readonly state?: string;
  readonly candidates: unknown;
  readonly decision: unknown;
}

function espalier(...args: string[]): Shown {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(root, 'out/main/espalier.js'), ...args, '--json'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Shown;
}

/** What was measured and decided, without times. */
const found = ({ candidates, decision }: Shown): string =>
  JSON.stringify([candidates, decision], (key, value) =>
    /seconds|flops|cost/i.test(key) ? undefined : value,
  );

const ranking = async (page: Page): Promise<string> => {
  await page.getByRole('heading', { name: /^k = 40 against final/ }).waitFor({ timeout: 60_000 });
  return page.locator('table.rk').innerText();
};

describe('a service that is killed', () => {
  it('is missed in both tabs, and after its return the study ends as if nothing had happened', async () => {
    const first = await served.open('#/new');
    await first.page.setInputFiles('input[type=file]', file);
    await first.page.waitForURL(/#\/draft\/[^/]+\/designer$/);
    await first.page.getByRole('button', { name: 'Start probes' }).click();
    await first.page.waitForURL(/#\/study\/[^/]+\/dynamics$/);
    const hash = new URL(first.page.url()).hash;
    const second = await served.open(hash);
    // Some curves are there, others not: candidates train.
    await second.page.locator('.dynamics[data-phase=probing], .dynamics[data-phase=ranked]').waitFor();
    const { port } = served;
    await served.stop('SIGKILL');
    for (const { page } of [first, second])
      await page.getByText('The service does not answer. Trying again.').first().waitFor();

    await served.start(port);
    const again = await served.open(hash);
    const beside = await served.open(hash);
    await again.page.getByRole('button', { name: 'Continue' }).first().click();
    await ranking(again.page);
    await expect
      .poll(() => again.page.locator('section.dec').innerText(), { timeout: 60_000 })
      .toContain('Regret');
    // Each tab has a stream of its own: the other may hear of the end a moment later.
    await expect.poll(() => ranking(beside.page)).toBe(await ranking(again.page));
    expect([...again.errors, ...beside.errors]).toEqual([]);

    const id = /study\/([^/]+)\//.exec(hash)![1]!;
    const killed = espalier('study', 'show', id, '--home', served.home);
    const whole = espalier('study', 'run', file, '--home', undisturbed.home);
    expect(killed.state).toBe('finished');
    expect(found(killed)).toBe(found(whole));
    expect(found(killed).length).toBeGreaterThan(500);
  }, 150_000);
});
