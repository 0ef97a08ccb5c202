import { defineConfig } from 'vitest/config';

/** What needs the native part of TensorFlow.js, which test/native/run.sh builds. */
export default defineConfig({
  test: { include: ['test/**/*.native.ts'], testTimeout: 60_000, hookTimeout: 120_000, pool: 'forks' },
});
