/**
 * Builds the kernels of device native (src-main/native/kernels) into resources/native:
 *
 *   node test/native/build-kernels.ts              for this machine, with the C compiler ${CC:-cc}
 *   ZIG="zig" node test/native/build-kernels.ts linux-x64 linux-arm64     for any target, with zig, as what is committed
 *
 * What comes out holds the SHA-256 of its sources, which a test compares.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'src-main/native/kernels');

/** Of every source, in the order of their names. */
export function kernelSourceHash(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort())
    hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

/** Contraction makes one rounding of a product and a sum; nothing else may be reordered. */
const FLAGS = [
  '-O3',
  '-std=gnu11',
  '-fPIC',
  '-fvisibility=hidden',
  '-ffp-contract=fast',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-Wall',
  '-Wextra',
];

/** Kernels by name, and what the compiler is told for them. */
const VARIANTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  x64: {
    kernels_avx512: [
      '-mavx2',
      '-mfma',
      '-mbmi',
      '-mbmi2',
      '-mavx512f',
      '-mavx512dq',
      '-mavx512cd',
      '-mavx512bw',
      '-mavx512vl',
      '-mprefer-vector-width=512',
    ],
    kernels_avx2: ['-mavx2', '-mfma', '-mbmi', '-mbmi2'],
    kernels_sse2: [],
  },
  arm64: { kernels_neon: [] },
};

/** Old enough a C library for what Node itself asks for. */
const ZIG_TARGETS: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-linux-gnu.2.28',
  'linux-arm64': 'aarch64-linux-gnu.2.28',
  'darwin-x64': 'x86_64-macos',
  'darwin-arm64': 'aarch64-macos',
};

function build(target: string, compiler: readonly string[]): void {
  const arch = target.split('-')[1]!;
  const variants = VARIANTS[arch];
  if (!variants || target.startsWith('win32'))
    throw new Error(`no kernels for ${target}; targets are ${Object.keys(ZIG_TARGETS).join(', ')}`);
  const objects = mkdtempSync(join(tmpdir(), 'espalier-kernels-'));
  const call = (args: readonly string[]): void => {
    const [command, ...before] = compiler;
    const { status, error } = spawnSync(command!, [...before, ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (error || status !== 0)
      throw new Error(
        `${compiler.join(' ')} ${args.join(' ')}: ${error?.message ?? `exit status ${status}`}`,
      );
  };
  try {
    const parts = Object.entries(variants).map(([name, flags]) => {
      const object = join(objects, `${name}.o`);
      call([...FLAGS, ...flags, `-DVARIANT=${name}`, '-c', join(folder, 'variant.c'), '-o', object]);
      return object;
    });
    const steps = join(objects, 'steps.o');
    call([...FLAGS, `-DESPALIER_SOURCE="${kernelSourceHash()}"`, '-c', join(folder, 'steps.c'), '-o', steps]);
    const path = join(root, 'resources/native', `${target}.so`);
    mkdirSync(join(root, 'resources/native'), { recursive: true });
    call(['-shared', '-pthread', '-s', '-o', path, ...parts, steps]);
    process.stdout.write(`${path}\n`);
  } finally {
    rmSync(objects, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const zig = process.env.ZIG?.split(' ');
  const here = `${process.platform}-${process.arch}`;
  const targets = process.argv.length > 2 ? process.argv.slice(2) : [here];
  for (const target of targets) {
    const triple = ZIG_TARGETS[target];
    if (!zig && target !== here)
      throw new Error(`${target} is not this machine (${here}): set ZIG to build for others`);
    build(target, zig && triple ? [...zig, 'cc', '-target', triple] : [process.env.CC || 'cc']);
  }
}
