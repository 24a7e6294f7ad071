import { defineConfig } from 'vitest/config'

/** What takes a package registry and minutes: `npm run test:deploy`. */
export default defineConfig({
  test: {
    include: ['test/deploy/**/*.slow.ts'],
    testTimeout: 300_000,
  },
})
