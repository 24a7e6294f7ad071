import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Channel, SendOutcome } from '../../../src/marketing/channels/channel.ts'
import { checkChannelAddress, createChannels } from '../../../src/marketing/channels/registry.ts'
import { openReceiver } from '../../support/channel-receiver.ts'
import { minuteMs, morning } from '../../support/marketing.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

function open(address: string, print: (line: string) => void = () => undefined): Channel {
  const channel = createChannels(new Map([['news', address]]), { fetch, now: () => morning, print })
  const opened = channel.get('news')
  if (opened === undefined) throw new Error('the channel was not opened')
  return opened
}

const post = {
  postId: 'post_1',
  campaignId: 'campaign_1',
  text: 'Grüße 👋\nfrom the shop',
  scheduledAt: morning,
  timeoutMs: 1_000,
}

function send(address: string, timeoutMs = 1_000): Promise<SendOutcome> {
  return open(address).send({ ...post, timeoutMs })
}

describe("a channel's address", () => {
  it.each([
    'console:',
    `https://hooks.example.com/x?y=z#${secret}`,
    `http://127.0.0.1:4000/x#${secret}`,
    `http://localhost/x#${secret}`,
    `http://[::1]:4000/#${secret}`,
  ])('%s can be used', (address) => {
    expect(checkChannelAddress(address)).toBeUndefined()
  })

  it.each([
    ['', 'use console:, or telegram://'],
    ['telnet://canary', 'use console:, or telegram://'],
    ['console:canary', 'nothing after it'],
    [`http://canary.example.com/#${secret}`, 'use https://'],
    [`https://user:canary@example.com/#${secret}`, 'leave user and password out'],
    ['https://canary@hooks.slack.com/services/T1/B1/canary', 'as Slack shows it'],
    ['https://canary:canary@discord.com/api/webhooks/1/canary', 'as Discord shows it'],
    ['https://example.com/canary', 'openssl rand -base64 32'],
    ['https://example.com/#whsec_canary', 'openssl rand -base64 32'],
    ['https://example.com/#whsec_canary canary canary canary canary', 'openssl rand'],
    ['https://example.com/#canarycanarycanarycanarycanarycanary', 'openssl rand'],
    [`https://[canary/#${secret}`, 'cannot be read'],
  ])('%s is explained without being repeated', (address, explanation) => {
    const problem = checkChannelAddress(address)
    expect(problem).toContain(explanation)
    expect(problem).not.toContain('canary')
  })

  it('that cannot be used opens no channel', () => {
    expect(() => open('https://example.com/canary')).toThrow(/^CHANNEL_NEWS: end the URL/)
  })
})

describe('the console channel', () => {
  it('prints the text on one line and confirms it', async () => {
    const lines: string[] = []
    const channel = open('console:', (line) => lines.push(line))
    const outcome = await channel.send({ ...post, text: 'a\n\u001b[2Jb' })
    expect(outcome).toEqual({ kind: 'sent', receipt: 'post_1' })
    expect(lines).toEqual(['marketing post post_1: a [2Jb'])
  })

  it('fails when there is nothing to print on', async () => {
    const channel = open('console:', () => {
      throw new Error('closed')
    })
    expect(await channel.send(post)).toMatchObject({ kind: 'failed' })
  })
})

describe('the generic channel', () => {
  it('signs what it sends, so that the receiver takes it', async () => {
    const receiver = await openReceiver()
    expect(await send(receiver.address)).toEqual({ kind: 'sent', receipt: 'post_1' })
    expect(receiver.requests[0]?.timestamp).toBe(String(Math.floor(morning / 1000)))
    expect(JSON.parse(receiver.taken.get('post_1') ?? '')).toEqual({
      type: 'marketing.post',
      timestamp: '2026-01-05T08:59:30.000Z',
      data: {
        post_id: 'post_1',
        campaign_id: 'campaign_1',
        text: post.text,
        scheduled_at: '2026-01-05T08:59:30.000Z',
      },
    })
  })

  it('fails with another secret', async () => {
    const receiver = await openReceiver()
    expect(await send(`${receiver.url}#${secret}`)).toEqual({
      kind: 'failed',
      reason: 'the receiver answered 401',
    })
  })

  it.each([
    [429, { 'retry-after': '90' }, { cooldownMs: 90_000, mayHaveArrived: false }],
    [429, {}, { cooldownMs: 5_000, mayHaveArrived: false }],
    [
      503,
      {
        'retry-after': 'Mon, 05 Jan 2026 09:00:30 GMT',
        date: 'Mon, 05 Jan 2026 08:59:30 GMT',
      },
      { cooldownMs: minuteMs, mayHaveArrived: false },
    ],
    [503, {}, { mayHaveArrived: true }],
    [500, {}, { mayHaveArrived: true }],
  ])('may be tried again after %i %o', async (status, headers, expected) => {
    const receiver = await openReceiver()
    receiver.willDo({ end: 'answers', status, headers })
    const reason = `the receiver answered ${status}`
    expect(await send(receiver.address)).toEqual({ kind: 'retry', reason, ...expected })
  })

  it.each([400, 404, 410, 422])('fails after %i', async (status) => {
    const receiver = await openReceiver()
    receiver.willDo({ end: 'answers', status })
    expect(await send(receiver.address)).toMatchObject({ kind: 'failed' })
  })

  it('follows no redirect', async () => {
    const receiver = await openReceiver()
    receiver.willDo({ end: 'answers', status: 307, headers: { location: receiver.url } })
    expect(await send(receiver.address)).toEqual({
      kind: 'failed',
      reason: 'the receiver redirects, which is not followed',
    })
    expect(receiver.requests).toHaveLength(1)
  })

  it('may be tried again after a reset or no answer, which may have arrived', async () => {
    const receiver = await openReceiver()
    receiver.willDo({ end: 'resets' }, { end: 'hangs' })
    expect(await send(receiver.address)).toMatchObject({ kind: 'retry', mayHaveArrived: true })
    expect(await send(receiver.address, 30)).toEqual({
      kind: 'retry',
      reason: 'no answer within 0.03 s',
      mayHaveArrived: true,
    })
  })

  it('reports that nothing was delivered when the connection is refused', async () => {
    const receiver = await openReceiver()
    await receiver.close()
    expect(await send(receiver.address)).toEqual({
      kind: 'retry',
      reason: 'the receiver refused the connection (ECONNREFUSED)',
      mayHaveArrived: false,
    })
  })

  it('knows that nothing arrives where the host has no name', async () => {
    const outcome = await send(`https://nowhere.invalid/#${secret}`)
    expect(outcome).toMatchObject({ kind: 'retry', mayHaveArrived: false })
  })

  it('does not know what happened behind a connection that speaks no HTTP', async () => {
    const server = createServer((socket) => socket.end('what?\r\n\r\n'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const outcome = await send(`http://127.0.0.1:${port}/#${secret}`)
    server.close()
    expect(outcome).toMatchObject({ kind: 'retry', mayHaveArrived: true })
  })
})
