import { expect, test } from 'vitest'
import type { FactRow } from '../../../src/database/schema.ts'
import { createInbox } from '../../../src/ledger/stream/inbox.ts'
import { factRow } from '../../support/facts.ts'

const never = new AbortController().signal

function rowsOf(count: number, recordedAt = 1_000): readonly FactRow[] {
  return Array.from({ length: count }, (_, index) =>
    factRow(`payment:success:${index}`, recordedAt),
  )
}

test('what came is taken once, with the earlier of its own instant and what was settled', async () => {
  const inbox = createInbox()
  const [fact] = rowsOf(1)
  inbox.put(rowsOf(1), 900)
  inbox.put(rowsOf(1), 1_100)
  expect(await inbox.take(60_000, never)).toEqual([
    { fact, resumeAt: 900 },
    { fact, resumeAt: 1_000 },
  ])
  expect(await inbox.take(0, never)).toEqual([])
})

test('who waits gets what comes next', async () => {
  const inbox = createInbox()
  const taken = inbox.take(60_000, never)
  inbox.put(rowsOf(2), 1_000)
  expect(await taken).toHaveLength(2)
})

test('the wait ends with the stream, and does not begin after its end', async () => {
  const inbox = createInbox()
  const ending = new AbortController()
  const taken = inbox.take(60_000, ending.signal)
  ending.abort()
  expect(await taken).toEqual([])
  expect(await inbox.take(60_000, ending.signal)).toEqual([])
})

test('the floor is the earliest instant of what waits, and there is none once it is taken', async () => {
  const inbox = createInbox()
  expect(inbox.floor()).toBe(Number.POSITIVE_INFINITY)
  inbox.put(rowsOf(1), 900)
  inbox.put(rowsOf(1), 800)
  inbox.put(rowsOf(1), 1_000)
  expect(inbox.takeOverflow()).toBe(false)
  expect(inbox.floor()).toBe(800)
  await inbox.take(0, never)
  expect(inbox.floor()).toBe(Number.POSITIVE_INFINITY)
})

test('it holds 5,000 facts; with one more it is empty, says so once, and keeps the floor until then', async () => {
  const inbox = createInbox()
  inbox.put(rowsOf(5_000), 900)
  expect(await inbox.take(0, never)).toHaveLength(5_000)
  expect(inbox.takeOverflow()).toBe(false)
  inbox.put(rowsOf(5_000), 900)
  inbox.put(rowsOf(1), 1_000)
  inbox.put(rowsOf(1), 1_100)
  expect(await inbox.take(60_000, never)).toEqual([])
  expect(inbox.floor()).toBe(900)
  expect([inbox.takeOverflow(), inbox.takeOverflow()]).toEqual([true, false])
  expect(inbox.floor()).toBe(Number.POSITIVE_INFINITY)
  inbox.put(rowsOf(1), 1_200)
  expect(await inbox.take(0, never)).toHaveLength(1)
})
