/** The same study on the software GPU as on the CPU, and a device that is not there. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { afterAll, describe, expect, it } from 'vitest';
import { espalier, root } from './built-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'espalier-devices-'));
const studyFile = join(root, 'test/e2e/tiny-study.yaml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Losses after a dozen steps at learning rate 2e-3: float32 rounding differs between a GPU's and a CPU's order
 * of summation by some 1e-6 a step; 1e-4 leaves room for Adam's division by small second moments.
 */
const TOLERANCE = 1e-4;

async function swiftshader(): Promise<Record<string, string>> {
  await chromium.executablePath();
  const driver = join(tmpdir(), 'vk_swiftshader_icd.json');
  expect(existsSync(driver)).toBe(true);
  return { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: tmpdir() };
}

describe('study run --device', () => {
  it('webgpu trains the tiny study to the losses of the CPU', async () => {
    const run = async (device: string, env: Record<string, string>) => {
      const args = ['study', 'run', studyFile, '--home', join(folder, device), '--device', device];
      const { code, stdout, stderr } = await espalier([...args, '--trainers', '1', '--json'], env);
      expect(stderr).not.toContain('Error');
      expect(code).toBe(0);
      return JSON.parse(stdout) as { candidates: Record<string, number>[] };
    };
    const cpu = await run('cpu', {});
    const gpu = await run('webgpu', await swiftshader());
    for (const [index, row] of cpu.candidates.entries())
      for (const key of ['initialLoss', 'lossAtLag', 'finalLoss'])
        expect(Math.abs(gpu.candidates[index]![key]! - row[key]!), `${row.strategy} ${key}`).toBeLessThan(
          TOLERANCE,
        );
  });

  it('cuda says what was looked for and exits with 3', async () => {
    const home = join(folder, 'cuda');
    const { code, stdout } = await espalier([
      'study',
      'run',
      studyFile,
      '--home',
      home,
      '--device',
      'cuda',
      '--json',
    ]);
    expect(code).toBe(3);
    expect(JSON.parse(stdout).error.message).toMatch(/cuda is not available: .+/i);
  });
});
