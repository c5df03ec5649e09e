import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['properties/**/*.test.ts', 'examples/*.test.ts'],
    testTimeout: 60_000,
    // Two cores: more processes only wait for each other.
    maxWorkers: 2,
  },
});
