import { describe, expect, it } from 'vitest'
import type { Channel } from '../../../src/marketing/channels/channel.ts'
import { channelKinds, checkChannelAddress } from '../../../src/marketing/channels/registry.ts'
import { openService } from '../../support/fake-channels.ts'
import { morning } from '../../support/marketing.ts'
import { openChannel } from '../../support/open-channel.ts'
import type { ServiceProfile } from '../../support/service-profile.ts'
import { profiles } from '../../support/service-profiles.ts'

const remote = channelKinds.filter(({ example }) => example !== 'console:')

async function open(profile: ServiceProfile) {
  const service = await openService(profile)
  return { service, channel: openChannel(profile.address, service.fetch) }
}

const text = 'Grüße 👋 <!channel> & @everyone\nfrom the shop'
function send(channel: Channel, timeoutMs = 1_000, words = text) {
  return channel.send({
    postId: 'post_1',
    campaignId: 'campaign_1',
    text: words,
    scheduledAt: morning,
    timeoutMs,
  })
}

it('every kind of channel has a profile that the contract is held by', () => {
  const examples = new Set(Object.values(profiles).map(({ example }) => example))
  expect(examples).toEqual(new Set(remote.map(({ example }) => example)))
})

describe.each(Object.entries(profiles))('%s', (_, profile) => {
  it('can be used as pasted, and is not taken for another kind', () => {
    expect(checkChannelAddress(profile.address)).toBeUndefined()
    expect(channelKinds.find((kind) => kind.claims(profile.address))?.example).toBe(profile.example)
  })

  it('sends the text once and keeps what confirmed it', async () => {
    const { service, channel } = await open(profile)
    expect(await send(channel)).toEqual({ kind: 'sent', receipt: profile.receipt })
    expect(service.received.map(({ path }) => path)).toEqual([profile.path])
    const sent = String(profile.textOf(service.received[0]?.body ?? {}))
    expect(sent.replace('&lt;', '<').replace('&gt;', '>').replace('&amp;', '&')).toBe(text)
  })

  it('takes a text as long as its service does, whatever it is made of', async () => {
    const { channel } = await open(profile)
    const { lengthMax } = profile
    expect(channel.lengthMax).toBe(lengthMax)
    for (const character of ['x', '👋', '&', '*', '@all '])
      for (let count = lengthMax; count > 0; count = Math.floor(count / 2)) {
        const words = character.repeat(count)
        if (channel.lengthOf(words) > lengthMax) continue
        expect((await send(channel, 1_000, words)).kind, `${count} times ${character}`).toBe('sent')
        break
      }
  })

  it('says in the words of its service that a longer one was refused, if it is', async () => {
    const { channel } = await open(profile)
    const words = 'x'.repeat(profile.lengthMax + 1)
    expect(channel.lengthOf(words)).toBeGreaterThan(profile.lengthMax)
    expect(await send(channel, 1_000, words)).toEqual(
      profile.refusalOfTooLong === undefined
        ? { kind: 'sent', receipt: profile.receipt }
        : { kind: 'failed', reason: profile.refusalOfTooLong },
    )
  })

  it('waits as long as the response requests', async () => {
    const { service, channel } = await open(profile)
    service.willDo(profile.limits)
    expect(await send(channel)).toMatchObject({
      kind: 'retry',
      mayHaveArrived: false,
      cooldownMs: 2_000,
    })
  })

  it('waits briefly when the response does not say how long', async () => {
    const { service, channel } = await open(profile)
    service.willDo({ status: 429, body: 'slow down' })
    expect(await send(channel)).toMatchObject({ kind: 'retry', cooldownMs: 5_000 })
  })

  it('fails with the words of the refusal, without its secrets', async () => {
    const { service, channel } = await open(profile)
    service.willDo(profile.refuses)
    expect(await send(channel)).toEqual({ kind: 'failed', reason: profile.refusal })
  })

  it.each([500, 502, 503])('does not know what became of it after %i', async (status) => {
    const { service, channel } = await open(profile)
    service.willDo({ status, body: '<html>broken</html>' })
    const outcome = await send(channel)
    if (profile.dropsRepeats) expect(outcome).toMatchObject({ kind: 'retry', mayHaveArrived: true })
    else expect(outcome.kind).toBe('unknown')
  })

  it.each(['resets', 'hangs'] as const)(
    'does not know what became of it when it %s',
    async (end) => {
      const { service, channel } = await open(profile)
      service.willDo(end)
      const outcome = await send(channel, end === 'hangs' ? 50 : 1_000)
      if (profile.dropsRepeats)
        expect(outcome).toMatchObject({ kind: 'retry', mayHaveArrived: true })
      else expect(outcome.kind).toBe('unknown')
    },
  )

  it.skipIf(profile.mumbles === undefined)('counts nothing that is not confirmed', async () => {
    const { service, channel } = await open(profile)
    service.willDo(profile.mumbles ?? 'hangs')
    expect((await send(channel)).kind).toBe('unknown')
  })

  it('reports that nothing was delivered when the connection is refused', async () => {
    const { service, channel } = await open(profile)
    await service.close()
    expect(await send(channel)).toMatchObject({ kind: 'retry', mayHaveArrived: false })
  })

  it('follows no redirect', async () => {
    const { service, channel } = await open(profile)
    service.willDo({ status: 308, headers: { location: 'http://127.0.0.1:1/' } })
    expect((await send(channel)).kind).toBe('failed')
    expect(service.received).toHaveLength(1)
  })

  it('never reveals its secrets', async () => {
    const { service, channel } = await open(profile)
    const echo = profile.secrets.join(' and ')
    const outcomes: unknown[] = []
    for (const status of [200, 400, 401, 429, 500]) {
      const body = JSON.stringify({ description: echo, message: echo, echo })
      service.willDo({ status, body: status % 2 === 0 ? body : echo })
      outcomes.push(await send(channel))
    }
    for (const secret of profile.secrets) expect(JSON.stringify(outcomes)).not.toContain(secret)
  })
})

describe('Discord', () => {
  const profile = profiles.discord

  it('receives a message that mentions nobody', async () => {
    if (profile === undefined) throw new Error('no profile')
    const { service, channel } = await open(profile)
    await send(channel)
    expect(service.received[0]?.body).toMatchObject({ allowed_mentions: { parse: [] } })
  })

  it('is left alone when a confirmed post was the last that it takes for now', async () => {
    if (profile === undefined) throw new Error('no profile')
    const { service, channel } = await open(profile)
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '0.75' }
    service.willDo({ ...profile.confirms, headers })
    expect(await send(channel)).toMatchObject({ kind: 'sent', cooldownMs: 750 })
  })
})

describe('an address', () => {
  it.each([
    ['telegram://canary@1', 'as BotFather gives it'],
    ['telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw', 'as BotFather gives it'],
    ['https://hooks.slack.com/canary', 'as Slack shows it'],
    ['http://hooks.slack.com/services/T1/B1/canary', 'as Slack shows it'],
    ['https://discord.com/api/webhooks/1/canary/slack', 'as Discord shows it'],
    ['https://discord.com/canary', 'as Discord shows it'],
  ])('%s is explained without being repeated', (address, explanation) => {
    const problem = checkChannelAddress(address)
    expect(problem).toContain(explanation)
    expect(problem).not.toContain('canary')
    expect(problem).not.toContain('AAHdqT')
  })

  it.each([
    'telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@shop_news',
    'telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@@shop_news',
    'https://discordapp.com/api/webhooks/1/abc',
    'https://discord.com/api/v10/webhooks/1/abc?thread_id=5',
    'https://hooks.slack-gov.com/services/T1/B1/abc',
  ])('%s can be used', (address) => {
    expect(checkChannelAddress(address)).toBeUndefined()
  })
})
