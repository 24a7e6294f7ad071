import { setImmediate as breathe } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { PostRow } from '../../../src/database/schema.ts'
import type { Channel } from '../../../src/marketing/channels/channel.ts'
import { createDueSender } from '../../../src/marketing/sending/dispatcher.ts'
import { openClaimed } from '../../support/claimed-post.ts'

function channelOf(kind: string): Channel {
  return {
    kind,
    lengthMax: 10,
    lengthOf: (text) => text.length,
    send: async () => ({ kind: 'sent', receipt: 'receipt_1' }),
  }
}

/** A sender of posts that wait by channel; each send ends when the test says. */
async function openSender(waiting: Record<string, string[]>) {
  const { claims, post } = await openClaimed()
  const begun: string[] = []
  const failures: object[] = []
  const ends = new Map<string, PromiseWithResolvers<void>>()
  let claimedAt = 0
  const sender = createDueSender({
    claims: {
      ...claims,
      claimNext: async (channel): Promise<PostRow | undefined> => {
        const id = waiting[channel]?.shift()
        return id === undefined ? undefined : { ...post, id, channel }
      },
    },
    postSlot: {
      send: ({ id }, { kind }, at) => {
        begun.push(`${id} by ${kind} at ${at}`)
        const end = Promise.withResolvers<void>()
        ends.set(id, end)
        return end.promise
      },
      finish: async () => undefined,
      idle: async () => undefined,
      commitLeftovers: async () => undefined,
    },
    channels: new Map(['news', 'chat'].map((name) => [name, channelOf(name)])),
    monotonicNow: () => {
      claimedAt += 1
      return claimedAt
    },
    claimMs: 1_000,
    duePosts: { channels: async () => Object.keys(waiting), nextNotBefore: async () => null },
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields) => void failures.push(fields),
    },
  })
  const rest = async () => {
    for (let turn = 0; turn < 10; turn += 1) await breathe()
  }
  const end = async (id: string) => {
    ends.get(id)?.resolve()
    await rest()
  }
  const fail = async (id: string) => {
    ends.get(id)?.reject(new Error('disk full'))
    await rest()
  }
  const begin = async () => {
    await sender.begin()
    await rest()
  }
  return { sender, begun, failures, begin, end, fail }
}

test('each channel is sent its posts one after the other, beside the others', async () => {
  const { sender, begun, failures, begin, end } = await openSender({
    news: ['post_1', 'post_2'],
    chat: ['post_3'],
    gone: ['post_4'],
  })
  await begin()
  expect(begun).toEqual(['post_1 by news at 1', 'post_3 by chat at 2'])
  await begin()
  expect(begun).toHaveLength(2)
  let isIdle = false
  const idle = sender.idle().then(() => {
    isIdle = true
  })
  await end('post_1')
  expect(begun.slice(2)).toEqual(['post_2 by news at 3'])
  await end('post_3')
  expect(isIdle).toBe(false)
  await end('post_2')
  await idle
  expect(begun).toHaveLength(3)
  expect(failures).toEqual([])
})

test('a sender that stops ends what it began and begins nothing', async () => {
  const { sender, begun, begin, end } = await openSender({
    news: ['post_1', 'post_2'],
    chat: ['post_3'],
  })
  await begin()
  sender.stop()
  await end('post_1')
  await end('post_3')
  await begin()
  await sender.idle()
  expect(begun).toHaveLength(2)
})

test('a send that fails ends the turn of its channel alone, which the next look begins again', async () => {
  const { begun, failures, begin, end, fail } = await openSender({
    news: ['post_1', 'post_2'],
    chat: ['post_3', 'post_4'],
  })
  await begin()
  await fail('post_1')
  expect(failures).toEqual([{ channel: 'news', error: 'disk full' }])
  await end('post_3')
  expect(begun.map((one) => one.split(' ')[0])).toEqual(['post_1', 'post_3', 'post_4'])
  await begin()
  expect(begun).toHaveLength(4)
  await end('post_2')
  await end('post_4')
})
