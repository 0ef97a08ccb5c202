import { defineConfig } from 'vitest/config';

/** WebGPU tests need a Vulkan driver set before the process starts: test/engine/with-swiftshader.ts. */
export default defineConfig({
  test: { include: ['test/**/*.webgpu.ts'], testTimeout: 300_000, hookTimeout: 300_000, pool: 'forks' },
});
