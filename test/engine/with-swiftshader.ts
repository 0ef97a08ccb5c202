/**
 * Runs a command with SwiftShader as its Vulkan driver: the software GPU that @sparticuz/chromium carries.
 * Both variables must be set before the process starts, hence this launcher.
 *
 *     node test/engine/with-swiftshader.ts vitest run --config vitest.webgpu.config.ts
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';

await chromium.executablePath(); // unpacks the browser and its Vulkan driver into the temporary folder
const driver = join(tmpdir(), 'vk_swiftshader_icd.json');
if (!existsSync(driver)) {
  process.stderr.write(`SwiftShader was not unpacked: ${driver} is missing.\n`);
  process.exit(4);
}
const [command, ...args] = process.argv.slice(2);
if (!command) {
  process.stderr.write('usage: with-swiftshader.ts COMMAND [ARGUMENT ...]\n');
  process.exit(2);
}
const { status, error } = spawnSync(command, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    VK_DRIVER_FILES: driver,
    LD_LIBRARY_PATH: [tmpdir(), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
  },
});
if (error) process.stderr.write(`${error.message}\n`);
process.exit(status ?? 4);
