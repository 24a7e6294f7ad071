import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { engines } from '../support/open-test-ledger.ts'
import { readSeries } from '../support/read-series.ts'
import { runService } from '../support/run-service.ts'
import { type FormerShop, layFormerShop, messagesOf, seriesAtRest } from './fixture.ts'
import { expectSameEmulator, expectSameLedger, expectSamePosts, readScrapes } from './same-shop.ts'

const messages = {
  sqlite: [
    'the ledger ./data/sandbox.db of an earlier version is now ./data/emulator.db, with all that belongs to it',
    './data/emulator.db.shown, what an earlier version exposed, is now ./data/emulator.db.high-water-mark',
  ],
  postgres: [
    'the file ./data/stripe-sandbox.db of an earlier version is now ./data/stripe-emulator.db',
  ],
}

describe.each(engines)(
  'a shop of the version before the renames, on %s',
  { timeout: 180_000 },
  (engine) => {
    test('goes on where it was: no series falls, and what was under way is finished and counted once', async () => {
      const shop = await layFormerShop(engine)
      const service = await runService(shop.folder, shop.environment)
      const scrape = readScrapes(service)
      const first = await scrape()
      expect([...first.keys()]).toEqual(Object.keys(shop.expected.series))
      for (const [name, value] of Object.entries(shop.expected.series))
        expect(first.get(name), name).toBeGreaterThanOrEqual(value)
      await vi.waitFor(async () => expect(await scrape()).toEqual(seriesAtRest(shop.expected)), {
        timeout: 50_000,
      })
      await expectSameLedger(service, shop)
      await expectSamePosts(service, shop)
      await expectSameEmulator(service, shop)
    })

    test('is carried over once: the log says so, and the next start finds all of it under the present names', async () => {
      const shop = await layFormerShop(engine)
      const first = await runService(shop.folder, shop.environment)
      const scrape = readScrapes(first)
      await vi.waitFor(async () => expect(await scrape()).toEqual(seriesAtRest(shop.expected)), {
        timeout: 50_000,
      })
      await first.end('SIGTERM')
      expect(
        messagesOf(first).map((message) => message.replaceAll(`${shop.folder}/`, './')),
      ).toEqual(messages[engine])
      const names = readdirSync(join(shop.folder, 'data'))
      expect(names.filter((name) => /sandbox|shown/.test(name))).toEqual([])
      const second = await runService(shop.folder, shop.environment)
      expect(messagesOf(second)).toEqual([])
      expect(await readScrapes(second)()).toEqual(seriesAtRest(shop.expected))
    })

    test('that lost commits is still refused, by what the former version remembers of it', async () => {
      const shop = await layFormerShop(engine)
      await loseCommits(engine, shop)
      const service = await runService(shop.folder, shop.environment)
      const answer = await fetch(service.metricsUrl)
      expect(answer.status).toBe(503)
      expect(service.written()).toContain('npm run recover')
    })
  },
)

test('the mark of a ledger that DATABASE_URL names is found beside it', async () => {
  const shop = await layFormerShop('sqlite')
  const environment = moveTo(shop, 'ledger.db')
  const service = await runService(shop.folder, environment)
  expect(existsSync(join(shop.folder, 'ledger.db.shown'))).toBe(false)
  const mark = readFileSync(join(shop.folder, 'ledger.db.high-water-mark'), 'utf8')
  expect(mark).toContain(shop.expected.seriesId)
  const first = await readSeries(service.metricsUrl)
  for (const [name, value] of Object.entries(shop.expected.series))
    expect(first.get(name), name).toBeGreaterThanOrEqual(value)
})

test('a ledger that DATABASE_URL names and that lost commits is still refused by its former mark', async () => {
  const shop = await layFormerShop('sqlite')
  await loseCommits('sqlite', shop)
  const service = await runService(shop.folder, moveTo(shop, 'ledger.db'))
  expect((await fetch(service.metricsUrl)).status).toBe(503)
})

/** Puts the totals back to what they were earlier, past our code; the former version remembers the higher ones. */
async function loseCommits(engine: string, { folder, environment }: FormerShop): Promise<void> {
  const lower = "update totals set total = 1 where label = 'success'"
  if (engine === 'sqlite') {
    const ledger = new DatabaseSync(join(folder, 'data', 'sandbox.db'))
    ledger.exec(lower)
    ledger.close()
    return
  }
  const client = new Client({ connectionString: environment.DATABASE_URL })
  await client.connect()
  await client.query(`${lower}; update ledger set ended_series = 1`)
  await client.end()
}

/** Moves the former ledger out of `data`, to where DATABASE_URL names it. */
function moveTo({ folder, environment }: FormerShop, name: string) {
  for (const file of readdirSync(join(folder, 'data')))
    renameSync(join(folder, 'data', file), join(folder, file.replace('sandbox.db', name)))
  return { ...environment, DATABASE_URL: `sqlite:./${name}` }
}
