import { describe, expect, test } from 'vitest'
import {
  createDeadLetters,
  type NewDeadLetter,
  readOpenIds,
} from '../../src/ledger/dead-letters.ts'
import { engines, openTestLedger } from '../support/open-test-ledger.ts'

function letterOf(id: string, reason = 'data.object.amount'): NewDeadLetter {
  return { id, type: 'refund.created', reason, source: 'webhook' }
}

describe.each(engines)('dead letters on %s', (engine) => {
  /** Dead letters that are received at instants that the test sets. */
  const open = async () => {
    const { database } = await openTestLedger(engine)
    const clock = { nowMs: 1_000 }
    const { queries } = database
    const letters = createDeadLetters({ queries, mode: 'test', now: () => clock.nowMs })
    return { database, clock, letters }
  }

  test('one is new once: later only its reason changes, and a dismissed one stays dismissed', async () => {
    const { clock, letters } = await open()
    expect(await letters.keep(letterOf('evt_1'))).toBe(true)
    clock.nowMs = 2_000
    expect(await letters.dismiss('evt_1')).toBe(true)
    clock.nowMs = 3_000
    expect(await letters.keep(letterOf('evt_1', 'data.object.currency'))).toBe(false)
    expect(await letters.find('evt_1')).toEqual({
      ...letterOf('evt_1', 'data.object.currency'),
      mode: 'test',
      receivedAt: 1_000,
      dismissedAt: 2_000,
    })
  })

  test('dismissing one twice keeps the first time, and one that is not there is told', async () => {
    const { clock, letters } = await open()
    await letters.keep(letterOf('evt_1'))
    expect(await letters.dismiss('evt_1')).toBe(true)
    clock.nowMs = 2_000
    expect(await letters.dismiss('evt_1')).toBe(true)
    expect(await letters.find('evt_1')).toMatchObject({ dismissedAt: 1_000 })
    expect(await letters.dismiss('evt_2')).toBe(false)
    expect(await letters.find('evt_2')).toBeUndefined()
  })

  test('the open ones are counted and named, the newest first, without dismissed and removed ones', async () => {
    const { database, clock, letters } = await open()
    for (const id of ['evt_1', 'evt_2', 'evt_3', 'evt_4']) {
      await letters.keep(letterOf(id))
      clock.nowMs += 1
    }
    await letters.dismiss('evt_2')
    await letters.remove('evt_4')
    expect(await letters.count()).toBe(2)
    expect(await readOpenIds(database.queries, 10)).toEqual(['evt_3', 'evt_1'])
    expect(await readOpenIds(database.queries, 1)).toEqual(['evt_3'])
    expect(await letters.list('dismissed', 10, undefined)).toMatchObject([{ id: 'evt_2' }])
  })

  test('the pages of a list hold each once, also those of one instant', async () => {
    const { clock, letters } = await open()
    for (const id of ['evt_1', 'evt_2', 'evt_3']) await letters.keep(letterOf(id))
    clock.nowMs += 1
    await letters.keep(letterOf('evt_0'))
    const ids: string[] = []
    for (let [last] = await letters.list('open', 1, undefined); last !== undefined; ) {
      ids.push(last.id)
      ;[last] = await letters.list('open', 1, last)
    }
    expect(ids).toEqual(['evt_0', 'evt_3', 'evt_2', 'evt_1'])
  })
})

test('one that cannot be stored is refused, so that Stripe sends its event again', async () => {
  const { queries } = (await openTestLedger('sqlite')).database
  const letters = createDeadLetters({ queries, mode: 'test', now: () => 0 })
  await queries.schema.dropTable('dead_letters').execute()
  await expect(letters.keep(letterOf('evt_1'))).rejects.toMatchObject({
    code: 'not_committed',
    cause: expect.objectContaining({ message: expect.stringContaining('dead_letters') }),
  })
})
