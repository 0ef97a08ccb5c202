/** ONNX Runtime reports its use to its maker unless told not to. Here it must not even prepare to. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-telemetry-'));
  for (const name of ['home', 'tmp']) mkdirSync(join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('keeps no identity and no events of this machine', () => {
  const module = pathToFileURL(resolve(import.meta.dirname, '../../src-main/engine/onnxruntime-engine.ts'));
  const script = `
    const { onnxRuntimeEngine } = await import(${JSON.stringify(module.href)});
    const runtime = await import(${JSON.stringify(new URL('onnxruntime-runtime.ts', module).href)});
    await onnxRuntimeEngine({ device: 'cpu', threads: 1 });
    await runtime.createSession(new Uint8Array(4), 'cpu', 1).catch(() => console.log('session refused'));`;
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: {
      ...env,
      HOME: join(folder, 'home'),
      XDG_CACHE_HOME: join(folder, 'home', 'cache'),
      TMPDIR: join(folder, 'tmp'),
    },
  });
  expect(stdout, stderr).toBe('session refused\n');
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['home', 'tmp']);
});
