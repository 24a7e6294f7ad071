import { describe, expect, test } from 'vitest'
import { backfill } from '../../src/commands/backfill.ts'
import {
  createHighWaterMarkFile,
  highWaterMarkPathOf,
} from '../../src/ledger/leader/high-water-mark.ts'
import { payment } from '../support/facts.ts'
import { engines, genesis, openSqliteLedger, openTestLedger } from '../support/open-test-ledger.ts'
import { runOn } from '../support/run-command-on.ts'
import { leaveLedger, lookAt, unread, untouched } from '../support/stopped-ledger.ts'

describe.each(engines)('backfill on %s', (engine) => {
  test('before anything was exposed the genesis and the series move back, and Stripe is read from there', async () => {
    const location = await leaveLedger(engine)
    const told = await runOn(backfill, location, '--since', '2025-11-30')
    expect(told).toMatch(/from 2026-01-01T00:00:00.000Z to 2025-11-30T00:00:00.000Z/)
    expect(told).toMatch(/attempts that made no charge/)
    const since = Date.UTC(2025, 10, 30)
    expect(await lookAt(location)).toMatchObject({
      row: { generation: 1, genesis: since, generation_began_at: since },
      syncState: [untouched('lost_events'), unread('reconcile'), unread('sweep')],
    })
  })

  test('afterwards a payment from between the two is counted', async () => {
    const location = await leaveLedger(engine)
    const old = payment('old', 'success', { objectCreatedAt: genesis - 86_400_000 })
    await runOn(backfill, location, '--since', '2025-12-31T00:00:00Z')
    const { ledger } = await openTestLedger(engine, { location })
    expect(await ledger.record(old)).toBe('new')
  })

  test('once a fact was counted it is refused, and nothing changes', async () => {
    const location = await leaveLedger(engine, [payment('a')])
    await expect(runOn(backfill, location, '--since', '2025-12-01')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/ledger01-1 have been exposed.*--new-stream/),
    })
    expect(await lookAt(location)).toMatchObject({
      row: { generation: 1, genesis },
      syncState: ['lost_events', 'reconcile', 'sweep'].map(untouched),
    })
  })

  test('with --new-stream the series ends too', async () => {
    const location = await leaveLedger(engine, [payment('a')])
    const told = await runOn(backfill, location, '--since', '2025-12-01', '--new-stream')
    const { row } = await lookAt(location)
    expect(told).toContain(
      `ledger01-1 has ended; pages carry instance="ledger01-${row.generation}"`,
    )
    expect(row.generation).toBeGreaterThan(1)
    expect(row).toMatchObject({
      generation_began_at: row.generation - (row.generation % 1000),
      genesis: Date.UTC(2025, 11, 1),
    })
  })

  test.each([
    [[], /--since is missing.*usage/s],
    [['--since', 'yesterday'], /--since yesterday: give a day such as 2026-01-31/],
    [['--since', '2025-13-01'], /--since 2025-13-01: give a day/],
    [['--since', '2027-01-01'], /in the future/],
    [['--since', '2026-01-01'], /begins at 2026-01-01T00:00:00.000Z already.*never moves forward/],
    [['2025-12-01'], /usage: npm run backfill/],
  ])('%j is refused with a reason', async (args, reason) => {
    const location = await leaveLedger(engine)
    await expect(runOn(backfill, location, ...args)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(reason),
    })
    expect((await lookAt(location)).row.genesis).toBe(genesis)
  })
})

describe('backfill on SQLite', () => {
  test('beside a living process it is refused', async () => {
    const { location } = await openSqliteLedger()
    await expect(runOn(backfill, location, '--since', '2025-12-01')).rejects.toMatchObject({
      code: 'ledger_locked',
    })
  })

  test('what was exposed and then lost still counts as exposed', async () => {
    const location = await leaveLedger('sqlite')
    if (location.engine !== 'sqlite') throw new Error('a SQLite ledger was asked for')
    const mark = createHighWaterMarkFile(highWaterMarkPathOf(location.path))
    await mark.write([{ counter: 'marketing_posts_total', label: '', total: 3 }], 'ledger01-1')
    await expect(runOn(backfill, location, '--since', '2025-12-01')).rejects.toThrow(/--new-stream/)
    await runOn(backfill, location, '--since', '2025-12-01', '--new-stream')
    expect(await createHighWaterMarkFile(highWaterMarkPathOf(location.path)).read()).toBeUndefined()
  })
})
