import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { replayOpenEvents } from '../../../src/stripe/sync/replay-events.ts'
import { succeededEvent } from '../../support/listed-payments.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { openSyncWork } from '../../support/sync-work.ts'

async function openReplay(ids: readonly string[]) {
  const opened = await openSyncWork()
  const { work, pacing } = opened
  const letter = { type: 'event', reason: 'first', source: 'sweep', mode: 'test', received_at: 1 }
  const letters = ids.map((id) => ({ ...letter, id }))
  await work.queries.insertInto('dead_letters').values(letters).execute()
  return { ...opened, replay: () => replayOpenEvents(work, pacing) }
}

test('open dead letters of events are retrieved, and those that can be read now are counted and resolved', async () => {
  const others = ['ch_1', 'an_evt_1', 'evt_1-2', 'evt_']
  const { replay, stripe, keys, open, told } = await openReplay([
    'evt_read',
    'evt_gone',
    'evt_broken',
    ...others,
  ])
  stripe.retrieved.set('event evt_read', succeededEvent('read', genesis / 1000))
  stripe.retrieved.set('event evt_broken', { object: 'event' })
  await replay()
  expect(stripe.asked.toSorted()).toEqual(['event evt_broken', 'event evt_gone', 'event evt_read'])
  expect(await keys()).toEqual(['payment:success:pi_read'])
  expect(told).toEqual([{ info: { id: 'evt_read' } }])
  const left = await open()
  expect(Object.keys(left).toSorted()).toEqual(['evt_broken', 'evt_gone', ...others].toSorted())
  expect(left.evt_gone).toBe('first')
  expect(left.evt_broken).toContain('id: invalid_type')
})

test('if Stripe fails, the rest stays open and the reason is told', async () => {
  const { replay, stripe, open, told } = await openReplay(['evt_1', 'evt_2'])
  stripe.fail = () => new AppError('stripe_unavailable', 'away')
  await replay()
  expect(told).toEqual([{ warn: { reason: 'away' } }])
  expect(stripe.asked).toHaveLength(1)
  expect(await open()).toEqual({ evt_1: 'first', evt_2: 'first' })
})

test('a replay that is stopped says nothing and ends with the reason of the stop', async () => {
  const { replay, stripe, aborter, told } = await openReplay(['evt_1'])
  stripe.fail = () => {
    aborter.abort(new Error('stopped'))
    return new Error('broken off')
  }
  await expect(replay()).rejects.toThrow('stopped')
  expect(told).toEqual([])
})

test('a hundred are replayed at a time, and others each time', async () => {
  const ids = Array.from({ length: 130 }, (_, index) => `evt_${index}`)
  const { replay, stripe, clock } = await openReplay(ids)
  await replay()
  const first = stripe.asked.splice(0)
  clock.now += 3_600_000
  await replay()
  expect([new Set(first).size, new Set(stripe.asked).size]).toEqual([100, 100])
  expect(new Set([...first, ...stripe.asked]).size).toBeGreaterThan(100)
})
