import { defineConfig } from 'vitest/config';

/** Everything that a machine with a GPU can test: WebGPU on its own driver, and CUDA (test/gpu/run.sh). */
export default defineConfig({
  test: {
    include: ['test/**/*.webgpu.ts', 'test/**/*.cuda.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    // One after the other: two drivers that start at once would measure each other.
    fileParallelism: false,
  },
});
