/** Why kernels cannot be had, from copies of the program in which something is missing. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadNativeLibrary, nativeTarget } from '../../src-main/engine/native-library.ts';

const ROOT = resolve(import.meta.dirname, '../..');

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'espalier-native-'));
  cpSync(join(ROOT, 'src-main'), join(copy, 'src-main'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** What loading the library in the copy says. */
function loaded(): unknown {
  const path = join(copy, 'src-main/engine/native-library.ts');
  const program = `
    import { loadNativeLibrary } from ${JSON.stringify(path)};
    const said = await loadNativeLibrary().then(
      (library) => ({ vectors: library.vectors(4) }),
      ({ code, message, hint }) => ({ code, message, hint }),
    );
    process.stdout.write(JSON.stringify(said));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '--eval', program],
    { encoding: 'utf8' },
  );
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout);
}

const libraryOf = (root: string): string => join(root, 'resources/native', `${nativeTarget}.so`);

function copyLibrary(): void {
  mkdirSync(join(copy, 'resources/native'), { recursive: true });
  cpSync(libraryOf(ROOT), libraryOf(copy));
}

describe('loadNativeLibrary', () => {
  it('loads once, and gives that to everybody', async () => {
    expect(await loadNativeLibrary()).toBe(await loadNativeLibrary());
  });

  it('loads the library beside the sources', () => {
    copyLibrary();
    expect(loaded()).toEqual({ vectors: expect.stringMatching(/SSE2|NEON/) });
  });

  it('refuses where no library came with the program', () => {
    const refusal = {
      code: 'refused',
      message: `Device native is not available: the program comes with no kernels for ${nativeTarget}`,
      hint: 'docs/native.md says how they are built.',
    };
    expect(loaded()).toEqual(refusal);
    mkdirSync(join(copy, 'resources/native'), { recursive: true }); // for other machines only
    expect(loaded()).toEqual(refusal);
  });

  it('refuses a library that is none', () => {
    copyLibrary();
    writeFileSync(libraryOf(copy), 'no library');
    expect(loaded()).toEqual({
      code: 'refused',
      message: expect.stringMatching(/^Device native is not available: [^\n]+$/),
      hint: 'Install the program again, or use device cpu.',
    });
  });

  it('refuses a library of plans that are read in another way', () => {
    copyLibrary();
    const plan = join(copy, 'src-main/native/plan.ts');
    const source = readFileSync(plan, 'utf8');
    const changed = source.replace(/PLAN_VERSION = \d+/, 'PLAN_VERSION = 9999');
    expect(changed).not.toBe(source);
    writeFileSync(plan, changed);
    expect(loaded()).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/reads plans of version \d+, not 9999$/),
    });
  });
});
