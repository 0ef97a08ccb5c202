/**
 * Assembles src-main/engine/adamw-wasm/adamw.wat. Run as a program it rewrites adamw-bytes.ts next to it:
 *
 *     node test/engine/assemble-adamw-wasm.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import wabt from 'wabt';

const folder = resolve(import.meta.dirname, '../../src-main/engine/adamw-wasm');

/** The WebAssembly module of adamw.wat, without debug names. */
export async function assembleAdamW(): Promise<Uint8Array> {
  const assembler = await wabt();
  const module = assembler.parseWat('adamw.wat', readFileSync(join(folder, 'adamw.wat'), 'utf8'), {
    simd: true,
  });
  try {
    module.resolveNames();
    module.validate();
    return module.toBinary({ write_debug_names: false }).buffer;
  } finally {
    module.destroy();
  }
}

if (process.argv[1] === import.meta.filename) {
  const lines = Buffer.from(await assembleAdamW())
    .toString('base64')
    .match(/.{1,100}/g)!;
  const text = `/**
 * The module that adamw.wat assembles to, in base64; written by test/engine/assemble-adamw-wasm.ts. Committed so
 * that neither an installation nor a build needs an assembler. A test assembles the source again and compares.
 */
export const ADAMW_MODULE_BASE64 = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`;
  writeFileSync(join(folder, 'adamw-bytes.ts'), text);
}
