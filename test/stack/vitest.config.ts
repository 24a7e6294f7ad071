import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/stack/**/*.stack.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/stack/provide-tools.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
