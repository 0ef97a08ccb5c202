/** The desktop program in a real window of Electron. Runs where Electron's binary is installed, else is skipped. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { root } from '../built-program.ts';

/** Null where the package is there without its binary. */
function electronBinary(): string | null {
  try {
    const path: unknown = createRequire(import.meta.url)('electron');
    return typeof path === 'string' && existsSync(path) ? path : null;
  } catch {
    return null;
  }
}
const binary = electronBinary();

describe('the desktop window', () => {
  it.skipIf(binary === null)('shows the first page, runs the demo on its service, and closes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'espalier-real-'));
    const program = await _electron.launch({
      ...(binary === null ? {} : { executablePath: binary }),
      args: [root, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      env: { ...(process.env as Record<string, string>), ESPALIER_HOME: join(folder, 'home') },
    });
    try {
      const page = await program.firstWindow();
      await page.getByRole('button', { name: /^Run the demo/ }).click();
      await page.locator('footer [role=progressbar]').waitFor();
      expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe(
        'undefined',
      );
    } finally {
      // The question before quitting has no one to answer it here.
      program.process().kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
