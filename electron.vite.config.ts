import { chmodSync } from 'node:fs';
import { resolve } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';

const source = (path: string): string => resolve(import.meta.dirname, path);

/** The command line's entry is run directly by npx, so it must be executable. */
const executableEntry = {
  name: 'executable-entry',
  writeBundle: () => chmodSync(source('out/main/espalier.js'), 0o755),
};

/** Every entry by name: the folders are not the tool's defaults. */
export default defineConfig({
  main: {
    plugins: [executableEntry],
    build: {
      outDir: 'out/main',
      target: 'node22',
      minify: false,
      sourcemap: true,
      lib: {
        formats: ['es'],
        entry: {
          main: source('src-main/electron/main.ts'),
          espalier: source('src-main/cli/espalier.ts'),
          'service-process': source('src-main/electron/service-process.ts'),
          'trainer-process': source('src-main/training/trainer-process.ts'),
        },
      },
      rollupOptions: {
        output: { banner: ({ name }) => (name === 'espalier' ? '#!/usr/bin/env node' : '') },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: false, // a sandboxed preload script is one file
      lib: { formats: ['cjs'], entry: { preload: source('src-main/electron/preload.ts') } },
    },
  },
  renderer: {
    root: source('src-renderer'),
    plugins: [vue()],
    build: { outDir: source('out/renderer'), rollupOptions: { input: source('src-renderer/index.html') } },
  },
});
