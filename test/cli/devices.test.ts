/** Studies whose device is measured, and studies on several devices, with real trainer processes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, run, temporaryFolder } from './espalier-process.ts';
import { tinyStudy } from './tiny-study.ts';

const temporary = temporaryFolder();
const home = join(temporary.path, 'home');
afterAll(() => temporary.remove());

/** No Vulkan driver, whatever this machine has. */
const env = { VK_DRIVER_FILES: join(temporary.path, 'none.json') };

interface RunResult {
  readonly study: string;
  readonly alreadyFinished: boolean;
}

describe('study run --device auto', () => {
  const file = join(temporary.path, 'tiny.yaml');
  beforeAll(() => writeFileSync(file, tinyStudy()));

  it('measures every device with the model of the study, trains on the fastest and reports all', {
    timeout: 240_000,
  }, async () => {
    const words = ['study', 'run', file, '--device', 'auto', '--json', '--home', home];
    const first = await run(words, { env });
    expect(first.code, first.stderr).toBe(0);
    const chosen =
      /Trains on (\S+?)(?: with \d+ candidates in one graph)?, the fastest of what was tried/.exec(
        first.stderr,
      )?.[1];
    for (const device of ['cpu', 'native', 'tfjs-wasm'])
      expect(first.stderr).toMatch(
        new RegExp(`^  ${device}: [\\d.]+ ms a step and candidate; \\d+ trainers?: `, 'm'),
      );
    expect(first.stderr).toMatch(/^ {2}reference: not measured; left out/m);
    expect(first.stderr).toMatch(/^ {2}webgpu: not measured; Device webgpu is not available/m);
    const { study } = json<RunResult>(first);
    const report = readFileSync(join(home, 'reports', study, 'report.md'), 'utf8');
    expect(report).toContain(`chosen by measurement: ${chosen}`);
    expect(report).toMatch(/measured tfjs-wasm: [\d.]+ ms a step and candidate/);
    expect(report).toMatch(/not measured webgpu: Device webgpu is not available/);
    expect(report).toMatch(/^ *device: auto$/m);

    const again = await run(words, { env });
    expect(json<RunResult>(again)).toMatchObject({ study, alreadyFinished: true });
    expect(again.stderr).not.toContain('Trying');
  });

  it('says in an estimate that device and trainers come later', async () => {
    const estimate = await run(['study', 'run', file, '--device', 'auto', '--estimate', '--home', home]);
    expect(estimate.stdout).toContain('device and trainers measured when it starts');
    const machine = await run([
      'study',
      'run',
      file,
      '--device',
      'auto',
      '--estimate',
      '--json',
      '--home',
      home,
    ]);
    expect(json(machine)).toMatchObject({ estimate: { trainers: null, seconds: null } });
  });
});

describe('study run on several devices', () => {
  const file = join(temporary.path, 'several.yaml');
  beforeAll(() =>
    writeFileSync(
      file,
      tinyStudy({
        compute: '{ device: [tfjs-wasm, cpu], mixDevices: true, trainers: 1, checkpointSeconds: 0 }',
      }),
    ),
  );

  it('lets every device train candidates, and reports which trained where', {
    timeout: 120_000,
  }, async () => {
    const finished = await run(['study', 'run', file, '--json', '--home', home]);
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.stderr).toContain('2 trainers');
    const { study } = json<RunResult>(finished);
    const report = readFileSync(join(home, 'reports', study, 'report.md'), 'utf8');
    expect(report).toMatch(/The results are mixed: .* on (tfjs-wasm; .* on cpu|cpu; .* on tfjs-wasm)/);
    for (const device of ['tfjs-wasm', 'cpu'])
      expect(report).toMatch(new RegExp(`^- trained on ${device}: \\w+`, 'm'));
    expect(report).toMatch(/^- device: .*TensorFlow\.js .*onnxruntime-node/m);
    const page = readFileSync(join(home, 'reports', study, 'report.html'), 'utf8');
    expect(page).toContain('The results are mixed');
  });

  it('refuses to mix devices unless it is told to, in the file or by a flag', async () => {
    const plain = join(temporary.path, 'plain.yaml');
    writeFileSync(plain, tinyStudy());
    const estimate = (...words: string[]) =>
      run(['study', 'run', ...words, '--estimate', '--json', '--home', home]);
    const refused = await estimate(plain, '--device', 'cpu,tfjs-wasm');
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain(
      '--device mixes cpu and tfjs-wasm, whose losses differ in their last digits; name devices of one kind, or add --mix-devices',
    );
    const unknown = await estimate(plain, '--device', 'cpu,tpu');
    expect(unknown.code).toBe(2);
    expect(unknown.stdout).toMatch(/--device is \\"cpu,tpu\\"; it must be one of auto, cpu, /);
    const byFlag = await estimate(plain, '--device', 'cpu,tfjs-wasm', '--mix-devices');
    expect(json<RunResult>(byFlag).study).toBe(json<RunResult>(await estimate(file)).study);
  });
});
