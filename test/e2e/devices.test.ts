/** The same study on the software GPU and by TensorFlow.js as on the CPU, and devices that are not there. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { espalier, root } from './built-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'espalier-devices-'));
const studyFile = join(root, 'test/e2e/tiny-study.yaml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Losses after a dozen steps at learning rate 2e-3: float32 rounding differs between the devices' orders
 * of summation by some 1e-6 a step; 1e-4 leaves room for Adam's division by small second moments.
 */
const TOLERANCE = 1e-4;

async function swiftshader(): Promise<Record<string, string>> {
  await chromium.executablePath();
  const driver = join(tmpdir(), 'vk_swiftshader_icd.json');
  expect(existsSync(driver)).toBe(true);
  return { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: tmpdir() };
}

interface Summary {
  readonly candidates: readonly Record<string, number>[];
}

async function run(device: string, env: Record<string, string> = {}): Promise<Summary> {
  const args = ['study', 'run', studyFile, '--home', join(folder, device), '--device', device];
  const { code, stdout, stderr } = await espalier([...args, '--trainers', '1', '--json'], env);
  expect(stderr).not.toContain('Error');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Summary;
}

function expectAlike(actual: Summary, expected: Summary): void {
  expect(expected.candidates.length).toBeGreaterThan(0);
  for (const [index, row] of expected.candidates.entries())
    for (const key of ['initialLoss', 'lossAtLag', 'finalLoss'])
      expect(Math.abs(actual.candidates[index]![key]! - row[key]!), `${row.strategy} ${key}`).toBeLessThan(
        TOLERANCE,
      );
}

describe('study run --device', () => {
  let cpu: Summary;
  beforeAll(async () => {
    cpu = await run('cpu');
  });

  it('webgpu trains the tiny study to the losses of the CPU', async () => {
    expectAlike(await run('webgpu', await swiftshader()), cpu);
  });

  it.skipIf(process.platform !== 'linux')(
    'native trains the tiny study to the losses of the CPU',
    async () => {
      expectAlike(await run('native'), cpu);
    },
  );

  it('tfjs-wasm trains the tiny study to the losses of the CPU', async () => {
    expectAlike(await run('tfjs-wasm'), cpu);
  });

  it.each(['cuda', 'tfjs-gpu'])('%s says what was looked for and exits with 3', async (device) => {
    const args = ['study', 'run', studyFile, '--home', join(folder, device), '--device', device, '--json'];
    const { code, stdout } = await espalier(args);
    expect(code).toBe(3);
    expect(JSON.parse(stdout).error.message).toMatch(new RegExp(`${device} is not available: .+`, 'i'));
  });
});
