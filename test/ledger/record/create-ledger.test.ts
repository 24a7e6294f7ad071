import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { Total } from '../../../src/ledger/fact.ts'
import type { Genesis } from '../../../src/ledger/genesis.ts'
import { type Alongside, createLedger } from '../../../src/ledger/record/ledger.ts'
import { payment } from '../../support/facts.ts'
import { openMemoryLedger } from '../../support/memory-database.ts'
import { genesis } from '../../support/open-test-ledger.ts'

interface Changes {
  readonly pendingMax?: number
  readonly batchMax?: number
  readonly beforeFirst?: () => Promise<void>
  readonly began?: Partial<Genesis>
}

/** A ledger on SQLite that notes the totals of each commit. */
async function openNoted({ began, ...changes }: Changes = {}) {
  const { database, identity: opened } = await openMemoryLedger()
  const commits: (readonly Total[])[] = []
  const identity = { ...opened, genesis: { ...opened.genesis, ...began } }
  const ledger = createLedger({
    database,
    shards: [0],
    identity,
    now: () => genesis + 1000,
    onCommitted: (totals) => void commits.push(totals),
    ...changes,
  })
  const totals = () => commits.map(([first]) => first?.total)
  const keys = async () => {
    const rows = await database.queries.selectFrom('facts').select('key').orderBy('key').execute()
    return rows.map(({ key }) => key)
  }
  return { ledger, database, identity, totals, keys }
}

const keepLetter: Alongside = async (transaction) => {
  const letter = { id: 'evt_x', type: 't', mode: 'test', reason: 'r', source: 'webhook' } as const
  await transaction
    .insertInto('dead_letters')
    .values({ ...letter, received_at: 1 })
    .execute()
}

test('an open ledger is the handle for all that is read and written', async () => {
  const { ledger, database, identity } = await openNoted()
  expect(ledger.identity).toBe(identity)
  expect(ledger.engine).toBe('sqlite')
  expect(ledger.queries).toBe(database.queries)
  expect(await ledger.time.read()).toBe(genesis + 1000)
  const letter = { id: 'evt_1', type: 't', reason: 'r', source: 'webhook' } as const
  await ledger.deadLetters.keep(letter)
  expect(await database.queries.selectFrom('dead_letters').selectAll().execute()).toMatchObject([
    { id: 'evt_1', mode: 'test', received_at: genesis + 1000 },
  ])
  await ledger.record(payment('a'))
  expect(await ledger.hasFact('payment:success:a')).toBe(true)
  expect(await ledger.hasFact('payment:success:b')).toBe(false)
})

test('a commit tells of the totals that moved, and of nothing for a duplicate', async () => {
  const { ledger, totals, keys } = await openNoted({ batchMax: 2 })
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => ledger.record(payment(id))))
  expect(totals()).toEqual([2, 4, 5])
  expect(await ledger.record(payment('a'))).toBe('duplicate')
  expect(await ledger.record(payment('a'), keepLetter)).toBe('duplicate')
  expect(totals()).toEqual([2, 4, 5])
  expect(await keys()).toHaveLength(5)
})

test('more facts than may wait are refused, as many as that are not', async () => {
  const { ledger } = await openNoted({ pendingMax: 1 })
  const [first, second] = [ledger.record(payment('a')), ledger.record(payment('b'))]
  await expect(second).rejects.toMatchObject({ code: 'overloaded' })
  expect(await first).toBe('new')
})

test('the ledger is idle once nothing waits for a commit', async () => {
  const { ledger, database, keys } = await openNoted()
  await ledger.idle()
  const release = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const transaction = database.queries.transaction().execute(() => {
    opened.resolve()
    return release.promise
  })
  await opened.promise
  const recorded = ledger.record(payment('a'))
  await new Promise(setImmediate)
  const order: string[] = []
  const idle = ledger.idle().then(() => order.push('idle'))
  await new Promise(setImmediate)
  order.push('released')
  release.resolve()
  await Promise.all([idle, transaction])
  expect([order, await keys()]).toEqual([['released', 'idle'], ['payment:success:a']])
  await recorded
})

test('a commit shows that the ledger is writable, so that no write is made to see it', async () => {
  const { ledger, database } = await openNoted()
  const checks = async () =>
    (await database.queries.selectFrom('ledger').select('checks').executeTakeFirst())?.checks
  await ledger.record(payment('a'))
  await ledger.requireWritable()
  expect(await checks()).toBe(0)
})

test('an object of before the ledger is not counted, and what changes alongside is still made', async () => {
  const { ledger, database, totals, keys } = await openNoted()
  const old = payment('old', 'success', { objectCreatedAt: genesis - 1 })
  expect(await ledger.record(old)).toBe('before_genesis')
  const letters = database.queries.selectFrom('dead_letters').select('id')
  expect(await letters.execute()).toEqual([])
  expect(await ledger.record(old, keepLetter)).toBe('before_genesis')
  expect(await letters.execute()).toEqual([{ id: 'evt_x' }])
  expect([totals(), await keys()]).toEqual([[], []])
})

test('when the ledger began is asked for while it is unknown, and only by what Stripe created', async () => {
  const unknown = new AppError('not_committed', 'not known yet')
  const began = { known: () => null, require: () => Promise.reject(unknown) }
  const { ledger } = await openNoted({ began })
  await expect(ledger.record(payment('a'))).rejects.toBe(unknown)
  expect(await ledger.record(payment('b', 'success', { objectCreatedAt: null }))).toBe('new')
  const later = { known: () => null, require: async () => genesis + 5_000_000 }
  expect(await (await openNoted({ began: later })).ledger.record(payment('a'))).toBe(
    'before_genesis',
  )
  const known = { known: () => genesis, require: () => Promise.reject(unknown) }
  expect(await (await openNoted({ began: known })).ledger.record(payment('a'))).toBe('new')
})

test('a fact and what changes alongside it are recorded together or not at all', async () => {
  const { ledger, database, totals, keys } = await openNoted()
  expect(await ledger.record(payment('a'), keepLetter)).toBe('new')
  expect(await database.queries.selectFrom('dead_letters').select('id').execute()).toHaveLength(1)
  expect(totals()).toEqual([1])
  const refused = new AppError('not_found', 'there is no such post')
  for (const [cause, code] of [
    [refused, 'not_found'],
    [new Error('disk full'), 'not_committed'],
  ] as const)
    await expect(ledger.record(payment('b'), () => Promise.reject(cause))).rejects.toMatchObject({
      code,
    })
  const negative = payment('c', 'success', { amountMinor: -1 })
  await expect(ledger.record(negative, async () => undefined)).rejects.toMatchObject({
    code: 'unrecordable',
  })
  expect(await keys()).toEqual(['payment:success:a'])
})
