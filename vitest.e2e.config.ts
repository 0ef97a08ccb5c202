import { defineConfig } from 'vitest/config';

/** End-to-end tests run the built program (`npm run build` first) and a real browser. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    fileParallelism: false,
    maxConcurrency: 2,
    // A page may wait for two busy cores.
    expect: { poll: { timeout: 20_000 } },
  },
});
