import { spawnSync } from 'node:child_process';
import util from 'node:util';
import { describe, expect, it } from 'vitest';
import { EspalierError } from '../../src-main/contract/errors.ts';
import { openEngine } from '../../src-main/engine/open-engine.ts';
import { loadTensorflow, restoreRemovedUtilities } from '../../src-main/engine/tensorflow-runtime.ts';

describe('restoreRemovedUtilities', () => {
  it('defines what TensorFlow.js calls and Node.js removed, and changes nothing that is there', () => {
    const kept = (): string => 'own';
    const target: Record<string, unknown> = { isArray: kept };
    restoreRemovedUtilities(target);
    expect(target.isArray).toBe(kept);
    const isNullOrUndefined = target.isNullOrUndefined as (value: unknown) => boolean;
    expect([null, undefined, 0, '', false].map(isNullOrUndefined)).toEqual([true, true, false, false, false]);
    expect(Object.keys(target)).toEqual(['isArray']);
  });

  it('is done on the very module that the packages require, before they load', async () => {
    await loadTensorflow('tfjs-wasm', 1);
    const names = ['isArray', 'isNullOrUndefined'].filter((name) => name in util);
    expect(names).toEqual(['isArray', 'isNullOrUndefined']);
  });
});

describe('loadTensorflow', () => {
  it('refuses a native package that is not installed and says what to install', async () => {
    const error = await openEngine({ device: 'tfjs-node', threads: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EspalierError);
    expect(error).toMatchObject({
      code: 'refused',
      message: 'Device tfjs-node is not available: the package @tensorflow/tfjs-node is not installed',
      hint: expect.stringContaining('Install @tensorflow/tfjs-node with its native part'),
    });
  });

  // npm 11 installs the optional package without running its script; npm 10 leaves it out when the script fails.
  it('refuses tfjs-node-gpu as npm leaves it, and says why', async () => {
    const error = await openEngine({ device: 'tfjs-gpu', threads: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(
        /^Device tfjs-gpu is not available: (@tensorflow\/tfjs-node-gpu is installed without its native part|the package @tensorflow\/tfjs-node-gpu is not installed)$/,
      ),
      hint: expect.stringContaining('docs/tensorflow.md'),
    });
  });

  it('makes a full WebAssembly memory an error, not wrong numbers', async () => {
    const { tf, use } = await loadTensorflow('tfjs-wasm', 1);
    use();
    // Reserves memory without touching it.
    const backend = tf.backend() as unknown as {
      makeOutput(shape: number[], dtype: 'float32'): { dataId: object };
      disposeData(dataId: object, force: boolean): void;
    };
    const made: object[] = [];
    const fill = (count: number): void => {
      for (let index = 0; index < count; index++) made.push(backend.makeOutput([2 ** 26], 'float32').dataId); // 256 MiB each
    };
    fill(12);
    expect(() => fill(4)).toThrow(/^Device tfjs-wasm has no memory left/);
    for (const dataId of made) backend.disposeData(dataId, true);
    expect([...tf.tidy(() => tf.add(tf.ones([2]), 1).dataSync())]).toEqual([2, 2]);
  });

  // A page of advice on another package would break `--json`; the JavaScript backend gives it at its first tensor.
  it('writes nothing to the output of its process', () => {
    const script = `
      const { openEngine } = await import('./src-main/engine/open-engine.ts');
      const { tinySpec, tinyState } = await import('./test/engine/tiny-model.ts');
      for (const device of ['tfjs-cpu', 'tfjs-wasm']) {
        const model = await (await openEngine({ device, threads: 1 })).compile(tinySpec());
        await (await model.open(tinyState(tinySpec()))).read();
      }`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', script],
      { encoding: 'utf8' },
    );
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});
