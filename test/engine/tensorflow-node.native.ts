/** TensorFlow's native library; run through test/native/run.sh, which builds what this needs. */
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src-main/engine/open-engine.ts';
import { describeTensorflow } from './tensorflow-contract.ts';

describeTensorflow('tfjs-node');

describe('tensorflow engine with native packages', () => {
  const folder = dirname(process.env.NODE_PATH!);
  const root = join(import.meta.dirname, '../..');
  // Beside the packages that were built, which would otherwise be found after those of the project.
  beforeAll(() => {
    for (const part of ['src-main', 'test/engine/tiny-model.ts'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
  });

  /** What a process of its own prints: the library reads its settings once, and two native packages do not mix. */
  function printed(script: string): string {
    const head = `
      const { createHash } = await import('node:crypto');
      const { openEngine } = await import('./src-main/engine/open-engine.ts');
      const { tinyScalars, tinySpec, tinyState, tinyTokens } = await import('./test/engine/tiny-model.ts');
    `;
    const args = ['--no-warnings', '--input-type=module', '--eval', head + script];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return stdout.trim();
  }

  it('says which library trains', async () => {
    const { description } = await openEngine({ device: 'tfjs-node', threads: 1 });
    expect(description).toMatch(/^TensorFlow\.js 4\.\d+\.\d+, TensorFlow 2\.\d+\.\d+, CPU, 1 thread$/);
  });

  it('refuses tfjs-gpu when its library finds no GPU, rather than train on the CPU', () => {
    const message = printed(`
      await openEngine({ device: 'tfjs-gpu', threads: 1 })
        .then(({ description }) => console.log('trains with ' + description))
        .catch(({ code, message }) => console.log(code + ': ' + message));
    `);
    expect(message).toMatch(
      /^refused: Device tfjs-gpu is not available: @tensorflow\/tfjs-node-gpu loads, but its TensorFlow 2\.\d+\.\d+ finds no GPU that it can use$/,
    );
  });

  it('gives the same bytes over one, two and four threads', () => {
    const [one, ...others] = [1, 2, 4].map((threads) =>
      printed(`
        const engine = await openEngine({ device: 'tfjs-node', threads: ${threads} });
        const spec = { ...tinySpec({ width: 128, heads: 4, context: 64 }), batchSize: 16 };
        const session = await (await engine.compile(spec)).open(tinyState(spec));
        await session.train(tinyTokens(spec, 3, 16), tinyScalars(spec, 3));
        const hash = createHash('sha256');
        for (const values of (await session.readParameters()).values()) hash.update(values);
        console.log(hash.digest('hex'));
      `),
    );
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(others).toEqual([one, one]);
  });
});
