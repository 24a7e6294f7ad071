import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { Channel, OutgoingPost, SendOutcome } from '../../../src/marketing/channels/channel.ts'
import { createSendPost } from '../../../src/marketing/sending/send.ts'
import { openClaimed } from '../../support/claimed-post.ts'

const sent: SendOutcome = { kind: 'sent', receipt: 'receipt_1' }
const lockMs = 4_000
const claimedAt = 50_000

/** Sends of a claimed post through a channel that takes ten characters. */
async function openSend(answer: () => Promise<SendOutcome> = async () => sent) {
  const { claims, post } = await openClaimed()
  const clock = { now: claimedAt }
  const kept: string[] = []
  const given: OutgoingPost[] = []
  const ledger = { isDown: false }
  const channel: Channel = {
    kind: 'test',
    lengthMax: 10,
    lengthOf: (text) => text.length,
    send: (outgoing) => {
      given.push(outgoing)
      return answer()
    },
  }
  const sendPost = createSendPost({
    claims: {
      ...claims,
      keepText: async (_, text) => {
        if (ledger.isDown) throw new Error('disk full')
        kept.push(text)
      },
    },
    readPrice: async (plan) => {
      if (plan === 'gone') throw new AppError('plan_unavailable', 'the plan gone has no price')
      return { price: { unitAmountMinor: 500, currency: 'eur' } }
    },
    monotonicNow: () => clock.now,
    sendTimeoutMs: 2_000,
    lockMs,
  })
  const send = (message: string, text: string | null = null) =>
    sendPost({ ...post, message, text }, channel, claimedAt)
  return { clock, kept, given, ledger, send, post }
}

test('the text is kept before the first attempt sends it, and taken from there by the next', async () => {
  const { kept, given, send, post } = await openSend()
  expect(await send('{price:any}')).toEqual(sent)
  expect(await send('{price:any}', 'kept')).toEqual(sent)
  expect(kept).toEqual(['€5.00'])
  const outgoing = {
    postId: post.id,
    campaignId: post.campaign_id,
    scheduledAt: post.scheduled_at,
    timeoutMs: 2_000,
  }
  expect(given).toEqual([
    { ...outgoing, text: '€5.00' },
    { ...outgoing, text: 'kept' },
  ])
})

test('a text without its price, or that cannot be kept, is not sent and did not arrive', async () => {
  const { given, ledger, send } = await openSend()
  const later = { kind: 'retry', mayHaveArrived: false }
  const reason = 'the plan gone has no price'
  expect(await send('{price:gone}')).toEqual({ ...later, reason })
  ledger.isDown = true
  expect(await send('text')).toEqual({ ...later, reason: expect.stringContaining('be kept') })
  expect(given).toEqual([])
})

test('a text as long as the channel takes is sent, a longer one fails', async () => {
  const { given, send } = await openSend()
  expect(await send('x'.repeat(10))).toEqual(sent)
  expect(await send('x'.repeat(11))).toEqual({
    kind: 'failed',
    reason: 'the text came to 11 characters, the channel takes at most 10',
  })
  expect(given).toHaveLength(1)
})

test('an attempt that begins when half of its lock has passed is not sent', async () => {
  const { clock, given, send } = await openSend()
  clock.now += lockMs / 2
  expect(await send('text')).toEqual(sent)
  clock.now += 1
  expect(await send('text')).toEqual({
    kind: 'retry',
    reason: 'it took too long to begin',
    mayHaveArrived: false,
  })
  expect(given).toHaveLength(1)
})

test('of a channel that breaks while sending nobody knows the outcome', async () => {
  const { send } = await openSend(() => Promise.reject(new Error('secret')))
  const outcome = await send('text')
  expect(outcome).toEqual({ kind: 'unknown', reason: 'the channel broke while sending' })
})
