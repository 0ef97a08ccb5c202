/**
 * The timeline of 8 stages that end with 96 layers, in frames a second while it is zoomed at every frame and while it
 * is scrolled. Aim: 30 frames. The study is trained in the given folder, which takes half a minute.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../e2e/built-program.ts';
import { ServedWindow } from '../e2e/served-window.ts';
import { framesWhile } from './frames-while.ts';

export interface TimelineRow {
  readonly zoomFps: number;
  readonly scrollFps: number;
}

const DEPTHS = [12, 24, 36, 48, 60, 72, 84, 96];
const STUDY = `name: deep
mode: stacking
data: { corpus: { synthetic: copy, examples: 400 } }
model: { width: 8, heads: 2, context: 8 }
stages: [${DEPTHS.map((layers) => `{ layers: ${layers}, steps: 6 }`).join(', ')}]
pool: { name: few, strategies: [idCopyTop, randTop] }
policies: [{ policy: lag, search: free }, { policy: fixed, strategy: randTop }]
recipe: { warmupSteps: 1, batchSize: 2 }
decision: { rule: lossAtLag, lag: 2 }
evaluation: { batches: 2, batchSize: 2, early: [2], every: 4 }
`;
const MOVES = 30;

export async function benchWindowTimeline(folder: string): Promise<TimelineRow> {
  const home = join(folder, 'home');
  const file = join(folder, 'deep.yaml');
  writeFileSync(file, STUDY);
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(root, 'out/main/espalier.js'), 'study', 'run', file, '--home', home, '--json'],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(`the deep study ended with ${status}`);
  const id = /"study": "([0-9a-f]+)"/.exec(stdout)?.[1] ?? '';
  const served = new ServedWindow(home);
  try {
    await served.start();
    const { page } = await served.open(`#/study/${id}/timeline`);
    const lanes = page.locator('svg.lanes');
    await lanes.waitFor();
    const box = (await page.locator('.scroller').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const wheel = async (x: number, y: number): Promise<void> => {
      for (let move = 0; move < MOVES; move++) {
        await page.mouse.wheel(x, move % 20 < 10 ? y : -y);
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
      }
    };
    await page.keyboard.down('Control');
    const zoomFps = await framesWhile(page, () => wheel(0, -100));
    await page.keyboard.up('Control');
    const scrollFps = await framesWhile(page, () => wheel(60, 40));
    return { zoomFps, scrollFps };
  } finally {
    await served.close();
  }
}
