/**
 * The page and the service from the sources, without `npm run build`: `node test/e2e/preview.ts --home DIR [--port N]`.
 * The page is built to a temporary folder; the link is printed. Ctrl-C ends it.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import vue from '@vitejs/plugin-vue';
import { build } from 'vite';
import { servePage } from '../../src-main/server/page-server.ts';
import { composeWindow } from '../../src-main/service/compose.ts';

const { values } = parseArgs({
  options: { home: { type: 'string' }, port: { type: 'string', default: '0' } },
});
const outDir = mkdtempSync(join(tmpdir(), 'espalier-page-'));
await build({
  configFile: false,
  root: resolve(import.meta.dirname, '../../src-renderer'),
  base: './',
  plugins: [vue()],
  logLevel: 'warn',
  build: { outDir, emptyOutDir: true },
});
const window = await composeWindow(values.home);
const server = await servePage(window.server, { port: Number(values.port), pageFolder: outDir });
process.stdout.write(`${server.link}\n`);
process.once('SIGINT', () => {
  void window
    .close()
    .then(() => server.close())
    .then(() => process.exit(0));
});
