import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Fact } from '../../../src/ledger/fact.ts'
import { type BatchQueueOptions, createBatchQueue } from '../../../src/ledger/record/batch-queue.ts'
import { payment } from '../../support/facts.ts'

interface Commit {
  readonly ids: readonly string[]
  readonly lane: number
  readonly end: (isNew: readonly boolean[]) => void
  readonly fail: (cause: Error) => void
}

function idsOf(facts: readonly Fact[]): readonly string[] {
  return facts.map(({ evidence }) => evidence.replace('evt_', ''))
}

/** A queue whose commits the test ends. */
function openQueue(options: Partial<BatchQueueOptions> = {}) {
  const commits: Commit[] = []
  const queue = createBatchQueue({
    commit: (facts, lane) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly boolean[]>()
      commits.push({ ids: idsOf(facts), lane, end: resolve, fail: reject })
      return promise
    },
    isRefusal: () => false,
    canNeverStore: () => false,
    pendingMax: 100,
    batchMax: 100,
    laneCount: 1,
    ...options,
  })
  const record = (...ids: readonly string[]) => {
    const outcomes = Promise.allSettled(ids.map((id) => queue.record(payment(id))))
    return outcomes.then((all) =>
      all.map((one) => (one.status === 'fulfilled' ? one.value : one.reason)),
    )
  }
  /** Lets everything go on that does not wait for a commit. */
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await setImmediate()
  }
  const batches = () => commits.map(({ ids, lane }) => `${lane}: ${ids.join(' ')}`)
  return { queue, record, settle, commits, batches }
}

test('facts that arrive together are one batch, and each learns whether it was new', async () => {
  const { record, settle, commits, batches } = openQueue()
  const outcomes = record('a', 'b', 'c')
  await settle()
  expect(batches()).toEqual(['0: a b c'])
  commits[0]?.end([true, false])
  expect(await outcomes).toEqual([true, false, false])
})

test('a batch waits for more as long as each turn of the event loop brings some', async () => {
  const { record, settle, batches } = openQueue({ laneCount: 2 })
  for (const id of ['a', 'b', 'c']) {
    const turn = setImmediate()
    void record(id)
    await turn
  }
  await settle()
  expect(batches()).toEqual(['0: a b c'])
})

test('facts that arrive meanwhile wait for the lane, and go together', async () => {
  const { record, settle, commits, batches } = openQueue()
  void record('a')
  await settle()
  const outcomes = [record('b'), record('c')]
  await settle()
  expect(batches()).toEqual(['0: a'])
  commits[0]?.end([true])
  await settle()
  expect(batches()).toEqual(['0: a', '0: b c'])
  commits[1]?.end([true, true])
  expect(await Promise.all(outcomes)).toEqual([[true], [true]])
})

test('with two lanes two batches are committed at once, and a third takes the lane that is free first', async () => {
  const { record, settle, commits, batches } = openQueue({ laneCount: 2 })
  for (const id of ['a', 'b', 'c']) {
    void record(id)
    await settle()
  }
  expect(batches()).toEqual(['0: a', '1: b'])
  commits[1]?.end([true])
  await settle()
  expect(batches()).toEqual(['0: a', '1: b', '1: c'])
})

test('a batch has a maximum, and the rest follows', async () => {
  const { record, settle, commits, batches } = openQueue({ batchMax: 2 })
  void record('a', 'b', 'c')
  await settle()
  commits[0]?.end([true, true])
  await settle()
  expect(batches()).toEqual(['0: a b', '0: c'])
})

test('beyond the maximum that wait a fact is refused, until there is room', async () => {
  const { record, settle, commits } = openQueue({ pendingMax: 2 })
  const [, , refused] = [record('a', 'b'), settle(), record('c')]
  expect(await refused).toEqual([expect.objectContaining({ code: 'overloaded' })])
  await settle()
  const later = record('d')
  commits[0]?.end([true, true])
  await settle()
  commits[1]?.end([true])
  expect(await later).toEqual([true])
})

test('after a refusal each fact of the batch is tried alone, and only the one refused fails', async () => {
  const cause = new Error('the value is too long')
  const isCause = (one: unknown) => one === cause
  const { record, settle, commits, batches } = openQueue({
    isRefusal: isCause,
    canNeverStore: isCause,
  })
  const outcomes = record('a', 'bad', 'c')
  await settle()
  commits[0]?.fail(cause)
  await settle()
  commits[1]?.end([true])
  await settle()
  commits[2]?.fail(cause)
  await settle()
  commits[3]?.end([false])
  expect(await outcomes).toEqual([
    true,
    expect.objectContaining({ code: 'unrecordable', cause }),
    false,
  ])
  expect(batches()).toEqual(['0: a bad c', '0: a', '0: bad', '0: c'])
})

test('a fact that is refused alone is not tried again', async () => {
  const { record, settle, commits } = openQueue({ isRefusal: () => true })
  const outcome = record('a')
  await settle()
  commits[0]?.fail(new Error('no such table'))
  expect(await outcome).toEqual([expect.objectContaining({ code: 'not_committed' })])
  expect(commits).toHaveLength(1)
})

test('when a commit fails otherwise all of its facts may be sent again, and later ones go on', async () => {
  const { record, settle, commits } = openQueue()
  const outcomes = record('a', 'b')
  await settle()
  const cause = new Error('the connection broke')
  commits[0]?.fail(cause)
  const failed = expect.objectContaining({ code: 'not_committed', cause })
  expect(await outcomes).toEqual([failed, failed])
  const next = record('c')
  await settle()
  commits[1]?.end([true])
  expect(await next).toEqual([true])
  expect(commits).toHaveLength(2)
})

test('the queue is idle when everything that was submitted is committed', async () => {
  const { queue, record, settle, commits } = openQueue()
  await queue.idle()
  void record('a')
  await settle()
  void record('b')
  let isIdle = false
  const idle = queue.idle().then(() => {
    isIdle = true
  })
  commits[0]?.end([true])
  await settle()
  expect(isIdle).toBe(false)
  commits[1]?.end([true])
  await idle
})
