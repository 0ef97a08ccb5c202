/**
 * The dynamics view at 200 candidates of 10 000 evaluations each (2 million points): time until the curves are drawn,
 * and frames a second while the zoomed chart is moved and while the lag cursor is dragged. Aims: 1 s and 45 frames.
 * The study is written straight into a history; the page must be served (test/e2e/served-window.ts).
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { studySpecSchema } from '../../src-main/contract/study.ts';
import type { History } from '../../src-main/history/history.ts';
import { openHistory } from '../../src-main/history/open-history.ts';
import { ServedWindow } from '../e2e/served-window.ts';
import { framesWhile } from './frames-while.ts';

export interface ChartsRow {
  readonly candidates: number;
  readonly evaluations: number;
  /** From choosing the study to its curves on the screen; the first time, and again. */
  readonly openMs: number;
  readonly openAgainMs: number;
  readonly panFps: number;
  readonly lagFps: number;
  readonly hoverFps: number;
}

const STUDY = 'bench-charts';
const PLANS = ['0 1 0 1', '0 0 1 1', '0 1 1* 1*', '0 1 r r', '0 1 i i'];

/** Writes the study unless the home has it: losses that fall, with noise, one spike in each run. */
export function writeStudy(home: string, candidates: number, evaluations: number): void {
  if (existsSync(join(home, 'history.sqlite'))) return;
  const history = openHistory(home, { mode: 'write' });
  addStudy(history, STUDY, candidates, evaluations);
  history.close();
}

/** An interrupted audit with whole curves. */
export function addStudy(history: History, id: string, candidates: number, evaluations: number): void {
  const strategies = Array.from({ length: candidates }, (_, index) => `strategy ${index}`);
  const spec = studySpecSchema.parse({
    name: id,
    mode: 'audit',
    model: { width: 16, heads: 2, context: 16 },
    source: { layers: 2, steps: 10 },
    target: { layers: 4 },
    horizon: evaluations * 10,
    decision: { rule: 'lossAtLag', lag: evaluations * 2, resamples: 100 },
  });
  const specJson = JSON.stringify(spec);
  history.createStudy({
    id,
    name: spec.name,
    mode: 'audit',
    seed: 1,
    specJson,
    specHash: createHash('sha256').update(specJson).digest('hex'),
    factsJson: '{}',
    environmentJson: '{}',
  });
  history.updateStudyState(id, 'interrupted');
  history.addCandidates(
    strategies.map((strategy, position) => ({
      id: `${id}/${position}`,
      studyId: id,
      policy: '',
      growingPoint: 0,
      position,
      strategy,
      strategyJson: '{}',
      plan: PLANS[position % PLANS.length]!,
      exactness: 'none',
      repeat: 0,
      isControl: false,
    })),
  );
  for (const [position, strategy] of strategies.entries()) {
    const runId = `${id}/${position}/full`;
    history.createRun({
      id: runId,
      studyId: id,
      candidateId: `${id}/${position}`,
      kind: 'full',
      state: 'finished',
      stepsPlanned: evaluations * 10,
      stepsDone: evaluations * 10,
      attempts: 1,
      peakMemoryBytes: null,
      seconds: evaluations,
      flops: evaluations * 1e6,
      architecture: { ...spec.model, layers: 4, vocabulary: 30 } as never,
      computeDevice: null,
      device: 'bench',
      reason: null,
    });
    const random = generator(position + 1);
    const [start, end, rate] = [2 + random(), 1.5 + random() * 0.1, 0.5 + random()];
    history.recordEvaluations(
      Array.from({ length: evaluations }, (_, index) => {
        const share = (index + 1) / evaluations;
        const spike = index === Math.floor(evaluations * (0.1 + 0.8 * (position / candidates))) ? 0.5 : 0;
        const loss = end + (start - end) * Math.exp(-8 * rate * share) + (random() - 0.5) * 0.01 + spike;
        return {
          runId,
          step: index * 10,
          loss,
          batchLosses: Float32Array.of(loss - 0.01 * random(), loss, loss + 0.01 * random(), loss),
          trainingLoss: loss,
          gradientNorm: 1,
          learningRate: 1e-3,
          weightDistance: share,
          seconds: index,
        };
      }),
    );
    if (strategy.length === 0) throw new Error('a strategy has no name');
  }
}

/** Uniform in [0, 1), the same for a seed on every machine (Park and Miller 1988). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export async function benchWindowCharts(
  home: string,
  { candidates = 200, evaluations = 10_000 } = {},
): Promise<ChartsRow> {
  writeStudy(home, candidates, evaluations);
  const served = new ServedWindow(home);
  await served.start();
  try {
    const { page } = await served.open('#/');
    await page.getByRole('link', { name: STUDY }).first().waitFor();
    const openMs = await open(page);
    await page.evaluate(() => {
      location.hash = '#/queue';
    });
    await page.waitForTimeout(300);
    const openAgainMs = await open(page);
    // Until what is read behind the first look is there too.
    await page.waitForTimeout(6000);
    const lagFps = await framesWhile(page, () => dragLag(page));
    const hoverFps = await framesWhile(page, () => hover(page));
    await zoom(page);
    const panFps = await framesWhile(page, () => pan(page));
    return { candidates, evaluations, openMs, openAgainMs, panFps, lagFps, hoverFps };
  } finally {
    await served.close();
  }
}

/** Milliseconds until lines of the curves are on their canvas. */
function open(page: Page): Promise<number> {
  return page.evaluate(async (study) => {
    const start = performance.now();
    location.hash = `#/study/${study}/dynamics`;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.lines');
      if (canvas && canvas.width > 300) {
        const { data } = canvas
          .getContext('2d', { willReadFrequently: true })!
          .getImageData(60, 40, 60, canvas.height - 60);
        let ink = 0;
        for (let index = 3; index < data.length; index += 4) if (data[index]! > 0) ink++;
        if (ink > 200) return Math.round(performance.now() - start);
      }
      if (performance.now() - start > 60_000) return -1;
    }
  }, STUDY);
}

const MOVES = 40;

async function dragLag(page: Page): Promise<void> {
  const handle = (await page.getByRole('slider', { name: 'Lag k' }).boundingBox())!;
  const [x, y] = [handle.x + 12, handle.y + 14];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let move = 0; move < MOVES; move++)
    await page.mouse.move(x - 100 + Math.abs((move % 100) - 50) * 2, y);
  await page.mouse.up();
}
async function hover(page: Page): Promise<void> {
  const chart = (await page.locator('.over').first().boundingBox())!;
  for (let move = 0; move < MOVES; move++)
    await page.mouse.move(chart.x + 80 + move * 2, chart.y + 120 + (move % 40) * 4);
}
async function zoom(page: Page): Promise<void> {
  const chart = (await page.locator('.over').first().boundingBox())!;
  await page.keyboard.down('Shift');
  await page.mouse.move(chart.x + 250, chart.y + 200);
  await page.mouse.down();
  await page.mouse.move(chart.x + 330, chart.y + 220, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await page.waitForTimeout(800);
}
async function pan(page: Page): Promise<void> {
  for (let move = 0; move < MOVES; move++) await page.mouse.wheel(move % 60 < 30 ? 40 : -40, 0);
}

if (import.meta.main) {
  const [home = '', candidates = '200', evaluations = '10000'] = process.argv.slice(2);
  const row = await benchWindowCharts(home, {
    candidates: Number(candidates),
    evaluations: Number(evaluations),
  });
  process.stdout.write(`${JSON.stringify(row)}\n`);
}
