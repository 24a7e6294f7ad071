import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DatabaseLocation } from '../../src/database/open.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Line, measureBigLedger } from './measure-big-ledger.ts'

/** A smaller run of `npm run bench:big`: the figures are there; how good they are is not asked here. */
function measure(
  engine: string,
  place: (name: string) => Promise<DatabaseLocation>,
): Promise<readonly Line[]> {
  return measureBigLedger(engine, place, {
    factCount: 20_000,
    slices: 1,
    factsPerSlice: 500,
    rounds: 1,
    restores: 1,
    turnsForMs: 200,
    webhooksPerSecond: 200,
    webhookSeconds: 0.5,
    tell: () => undefined,
  })
}

/** Every webhook was answered 200, or the measuring would have ended. */
function expectFigures(lines: readonly Line[]): void {
  const idle = lines.filter(({ big }) => !(Number.isFinite(big) && big > 0))
  expect(idle.map(({ figure }) => figure)).toEqual([])
  const targeted = lines.filter(({ isMet }) => isMet !== undefined)
  expect(targeted.map(({ figure }) => figure)).toEqual([
    expect.stringContaining('restore'),
    expect.stringContaining('facts/s'),
    expect.stringContaining('longest loop turn'),
    expect.stringContaining('webhook p99'),
    expect.stringContaining('first view'),
    expect.stringContaining('next view'),
    expect.stringContaining('webhook p99'),
  ])
}

test('a ledger of 20,000 facts on SQLite is measured, webhooks beside pages', async () => {
  const folder = temporaryFolder()
  expectFigures(
    await measure('sqlite', async (name) => ({
      engine: 'sqlite',
      path: join(folder, `${name}.db`),
    })),
  )
})
