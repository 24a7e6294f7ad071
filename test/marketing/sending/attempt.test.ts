import { expect, test, vi } from 'vitest'
import { createRecorder, type Recorder } from '../../../instrumentation/business/recorder.ts'
import { noTraces, type Traces } from '../../../instrumentation/traces/traces.ts'
import { AppError } from '../../../src/errors.ts'
import type { SendOutcome } from '../../../src/marketing/channels/channel.ts'
import { createChannels } from '../../../src/marketing/channels/registry.ts'
import { createPostSlot, tracePosts } from '../../../src/marketing/sending/attempt.ts'
import { openClaimed } from '../../support/claimed-post.ts'
import { openNews } from '../../support/news-campaign.ts'

const lockMs = 3_000
const sent: SendOutcome = { kind: 'sent', receipt: 'receipt_1' }

/** A claimed post, and a slot whose sends end as the test says. */
async function openSlot(change: (real: Recorder) => Recorder = (real) => real) {
  const { house, claims, post } = await openClaimed()
  const channel = createChannels(new Map([['console', 'console:']]), {
    fetch,
    now: () => house.clock.now,
    print: () => undefined,
  }).get('console')
  if (channel === undefined) throw new Error('there is no channel')
  const outcome = Promise.withResolvers<SendOutcome>()
  const logged: object[] = []
  const writer = (level: string) => (fields: object) => void logged.push({ level, ...fields })
  const slot = createPostSlot({
    claims,
    recorder: change(createRecorder({ record: house.ledger.record, plans: [] })),
    sendPost: () => outcome.promise,
    lockMs,
    now: () => house.clock.now,
    log: { info: writer('info'), warn: writer('warn'), error: writer('error') },
  })
  const busyUntil = async () => {
    const row = await house.database.queries.selectFrom('channels').selectAll().executeTakeFirst()
    return row?.busy_until
  }
  const send = () => slot.send(post, channel, 0)
  const of = { post: post.id, campaign: post.campaign_id, channel: 'console' }
  return { house, post, channel, slot, send, outcome, logged, busyUntil, of }
}

test('an attempt keeps its channel while it is running, and no longer', async () => {
  const { house, send, outcome, busyUntil } = await openSlot()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const sending = send()
    for (const passedMs of [900, 1_800]) {
      house.clock.now += passedMs
      vi.advanceTimersByTime(lockMs / 3)
      await vi.waitFor(async () => expect(await busyUntil()).toBe(house.clock.now + lockMs))
    }
    outcome.resolve(sent)
    await sending
    expect(await busyUntil()).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('a lock that cannot be extended does not end the attempt', async () => {
  const { house, send, outcome } = await openSlot()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const sending = send()
    const { queries } = house.database
    await queries.schema.alterTable('channels').renameTo('channels_away').execute()
    vi.advanceTimersByTime(lockMs / 3)
    await new Promise(setImmediate)
    await queries.schema.alterTable('channels_away').renameTo('channels').execute()
    outcome.resolve(sent)
    await sending
    expect(await house.states()).toEqual(['sent'])
  } finally {
    vi.useRealTimers()
  }
})

test.each([
  [sent, { level: 'info' }],
  [
    { kind: 'retry', reason: 'busy', mayHaveArrived: false },
    { level: 'info', reason: 'busy' },
  ],
  [
    { kind: 'failed', reason: 'gone' },
    { level: 'warn', reason: 'gone' },
  ],
] satisfies [SendOutcome, object][])(
  'the log has what became of a post, once: %j',
  async (ended, why) => {
    const { send, slot, outcome, logged, of } = await openSlot()
    outcome.resolve(ended)
    await send()
    await slot.commitLeftovers()
    expect(logged).toStrictEqual([{ ...of, ...why }])
  },
)

test.each([
  [0, 'failed'],
  [1, 'unknown'],
])(
  'a refusal after attempts of which %i may have arrived leaves the post %s',
  async (may_have_arrived, state) => {
    const { house, post, channel, slot, outcome } = await openSlot()
    outcome.resolve({ kind: 'failed', reason: 'gone' })
    await slot.send({ ...post, may_have_arrived }, channel, 0)
    expect(await house.states()).toEqual([state])
  },
)

test('whoever waits for a post or for the slot waits until the outcome is committed', async () => {
  const { house, send, slot, outcome, post } = await openSlot()
  const states: string[][] = []
  const note = async () => void states.push(await house.states())
  const sending = send()
  const waiting = [slot.finish(post.id).then(note), slot.idle().then(note)]
  await slot.finish('post_of_another_process')
  expect(states).toEqual([])
  outcome.resolve(sent)
  await Promise.all([sending, ...waiting])
  expect(states).toEqual([['sent'], ['sent']])
})

test('an outcome that cannot be committed is told, and committed by whoever finishes the post', async () => {
  let isDown = true
  const { house, send, slot, outcome, post, logged, of } = await openSlot((real) => ({
    ...real,
    recordMarketingPost: (...given) =>
      isDown
        ? Promise.reject(new AppError('not_committed', 'the disk is full'))
        : real.recordMarketingPost(...given),
  }))
  outcome.resolve(sent)
  await expect(send()).rejects.toMatchObject({ code: 'not_committed' })
  await slot.idle()
  await slot.commitLeftovers()
  expect(logged).toEqual([{ level: 'error', post: post.id, error: 'the disk is full' }])
  isDown = false
  await slot.finish(post.id)
  expect(await house.states()).toEqual(['sent'])
  expect(logged.slice(1)).toEqual([{ level: 'info', ...of }])
})

test('a stop waits for a post that was asked for by hand', async () => {
  const { house, receiver, id } = await openNews()
  receiver.willDo({ end: 'hangs' })
  const posting = house.request('POST', `/v1/campaigns/${id}/posts`)
  await vi.waitFor(() => expect(receiver.requests).toHaveLength(1))
  const stopped = house.marketing.stop()
  await receiver.close()
  await stopped
  expect(await house.states()).toEqual(['due'])
  await posting
})

test('each send is a span, if traces are exported', async () => {
  const { house, slot, outcome, post, channel } = await openSlot()
  const began: string[] = []
  const traces: Traces = {
    ...noTraces,
    isOn: true,
    span: (start, work) => {
      began.push(start.name)
      return noTraces.span(start, work)
    },
  }
  expect(tracePosts(slot, noTraces)).toBe(slot)
  expect(tracePosts(slot, undefined)).toBe(slot)
  outcome.resolve(sent)
  await tracePosts(slot, traces).send(post, channel, 0)
  expect(began).toEqual(['post'])
  expect(await house.states()).toEqual(['sent'])
})
