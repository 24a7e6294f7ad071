import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { type RunningService, runService } from '../support/run-service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type FormerShop, layFormerShop, seriesAtRest } from './fixture.ts'
import { readScrapes } from './same-shop.ts'

const preload = new URL('kill-at-step.mjs', import.meta.url).href
/** Four renames, the ends of two logs, the store's new names and the ledger's, each with its commit. */
const stepsMin = 10

test('a kill after any step of the carrying over loses nothing: the next start goes on', async () => {
  let step = 1
  while (await killAt(step)) step += 1
  process.stdout.write(`upgrade: ${step - 1} kills\n`)
  expect(step - 1).toBeGreaterThanOrEqual(stepsMin)
}, 600_000)

/** Whether the service came by that step; what it left is whole, and becomes what it would have become. */
async function killAt(step: number): Promise<boolean> {
  const shop = await layFormerShop('sqlite')
  const killed = await startKilled(shop, step)
  if (killed !== undefined) {
    await killed.end('SIGKILL')
    return false
  }
  expectOneWholeLedger(shop, step)
  const service = await runService(shop.folder, shop.environment)
  const scrape = readScrapes(service)
  const first = await scrape()
  for (const [name, value] of Object.entries(shop.expected.series))
    expect(first.get(name), `${name} after step ${step}`).toBeGreaterThanOrEqual(value)
  await vi.waitFor(async () => expect(await scrape()).toEqual(seriesAtRest(shop.expected)), {
    timeout: 50_000,
  })
  await service.end('SIGTERM')
  const names = readdirSync(join(shop.folder, 'data'))
  expect(names.filter((name) => /shown|sandbox\.db(?!\.lock)/.test(name))).toEqual([])
  expect(names).toContain('emulator.db.high-water-mark')
  return true
}

/** Undefined where it was killed before it was ready. */
function startKilled(
  { folder, environment }: FormerShop,
  step: number,
): Promise<RunningService | undefined> {
  const options = { NODE_OPTIONS: `--import=${preload}`, KILL_AT_STEP: String(step) }
  return runService(folder, { ...environment, ...options }).catch((cause: unknown) => {
    expect(String(cause)).toMatch(/the service did not start: $/)
    return undefined
  })
}

/** The ledger is there under one of its names, and a reader who knows that name alone finds every fact. */
function expectOneWholeLedger({ folder, expected }: FormerShop, step: number): void {
  const names = ['sandbox.db', 'emulator.db'].filter((name) =>
    existsSync(join(folder, 'data', name)),
  )
  expect(names, `after step ${step}`).toHaveLength(1)
  const copies = join(temporaryFolder(), 'copy')
  mkdirSync(copies)
  const [name = ''] = names
  for (const each of [name, `${name}-wal`].filter((file) => existsSync(join(folder, 'data', file))))
    copyFileSync(join(folder, 'data', each), join(copies, each))
  const ledger = new DatabaseSync(join(copies, name))
  const facts = ledger.prepare('select count(*) as count from facts').get()?.count
  ledger.close()
  expect(Number(facts), `after step ${step}`).toBeGreaterThanOrEqual(expected.facts.length)
}
