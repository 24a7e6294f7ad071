import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decideRetry } from '../../../src/marketing/sending/retry-policy.ts'
import { openService, type ServiceManners } from '../../support/fake-channels.ts'
import { openChannel } from '../../support/open-channel.ts'

const confirmations: Readonly<Record<string, ServiceManners['confirms']>> = {
  telegram: { status: 200, body: '{"ok":true,"result":{"message_id":42}}' },
  slack: { status: 200, body: 'ok' },
  discord: { status: 200, body: '{"id":"1234567890123"}' },
  generic: { status: 204 },
}

/** A channel at `address` and what its service received. */
async function open(address: string, service: string) {
  const { received, fetch, willDo } = await openService({
    confirms: confirmations[service] ?? { status: 500 },
    examine: () => undefined,
  })
  const channel = openChannel(address, fetch)
  const send = (text = 'News') =>
    channel.send({
      postId: 'post_1',
      campaignId: 'campaign_1',
      text,
      scheduledAt: 0,
      timeoutMs: 5_000,
    })
  return { channel, received, willDo, send }
}

const telegram = 'telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@-1001234567890'
const discord = 'https://discord.com/api/webhooks/223704706495545344/token'
const slack = 'https://hooks.slack.com/services/T024BE7LD/B024BE7LH/token'

// https://core.telegram.org/bots/api#sendmessage
describe('Telegram', () => {
  it('posts to a topic of a forum, and to the general topic without naming it', async () => {
    const topic = await open(`${telegram}/42`, 'telegram')
    await topic.send()
    expect(topic.received[0]?.body).toMatchObject({
      chat_id: '-1001234567890',
      message_thread_id: 42,
    })
    const general = await open(`${telegram}/1`, 'telegram')
    await general.send()
    expect(general.received[0]?.body).not.toHaveProperty('message_thread_id')
  })

  it('sends a text without a parse mode, or as HTML if the address asks for markup', async () => {
    const plain = await open(telegram, 'telegram')
    await plain.send('1 < 2 & *3*')
    expect(plain.received[0]?.body).toEqual({ chat_id: '-1001234567890', text: '1 < 2 & *3*' })
    const markup = await open(`${telegram}#format=markup`, 'telegram')
    await markup.send('<b>News</b>')
    expect(markup.received[0]?.body).toMatchObject({ text: '<b>News</b>', parse_mode: 'HTML' })
  })

  // https://core.telegram.org/bots/api#html-style
  it('counts what is left of HTML once it is parsed', async () => {
    const { channel } = await open(`${telegram}#format=markup`, 'telegram')
    const link = '<a href="https://shop.example/a?b=1&amp;c=2">News</a>'
    expect(channel.lengthOf(`${link} 1 &lt; 2 &#128075; &#x41; & <`)).toBe(
      'News 1 < 2 👋 A & <'.length,
    )
    expect((await open(telegram, 'telegram')).channel.lengthOf(link)).toBe(link.length)
  })

  // https://core.telegram.org/bots/api#responseparameters
  it('follows a group that became a supergroup, and names its new id', async () => {
    const { received, willDo, send } = await open(telegram, 'telegram')
    const description = 'Bad Request: group chat was upgraded to a supergroup chat'
    const parameters = { migrate_to_chat_id: -1009000001 }
    willDo({ status: 400, body: JSON.stringify({ ok: false, description, parameters }) })
    expect(await send()).toEqual({
      kind: 'retry',
      mayHaveArrived: false,
      reason: `the channel answered 400: ${description} (its new chat id is -1009000001: put it in the address)`,
    })
    expect(await send()).toMatchObject({ kind: 'sent' })
    expect(received[1]?.body).toMatchObject({ chat_id: '-1009000001' })
  })

  it('does not follow a chat to where it is already', async () => {
    const { willDo, send } = await open(telegram, 'telegram')
    const parameters = { migrate_to_chat_id: -1001234567890 }
    willDo({ status: 400, body: JSON.stringify({ ok: false, parameters }) })
    expect((await send()).kind).toBe('failed')
  })
})

// https://docs.discord.com/developers/resources/webhook#execute-webhook
describe('Discord', () => {
  it.each([
    discord,
    discord.replace('/api/', '/api/v6/'),
    discord.replace('discord.com', 'discordapp.com'),
  ])('is asked in version 10: %s', async (address) => {
    const { received, send } = await open(address, 'discord')
    await send()
    expect(received[0]?.path).toBe('/api/v10/webhooks/223704706495545344/token?wait=true')
  })

  it('posts to a thread, or begins one in a forum', async () => {
    const existing = await open(`${discord}?thread_id=77`, 'discord')
    await existing.send()
    expect(existing.received[0]?.path).toMatch(/\?thread_id=77&wait=true$/)
    const forum = await open(`${discord}?thread_name=This%20week`, 'discord')
    await forum.send()
    expect(forum.received[0]?.path).toMatch(/\?wait=true$/)
    expect(forum.received[0]?.body).toMatchObject({ thread_name: 'This week' })
  })

  it('says what a forum needs', async () => {
    const { willDo, send } = await open(discord, 'discord')
    const message = 'Webhooks posted to forum channels must have a thread_name or thread_id'
    willDo({ status: 400, body: JSON.stringify({ message, code: 220001 }) })
    expect(await send()).toEqual({
      kind: 'failed',
      reason: `the channel answered 400: ${message} (end the channel's URL with ?thread_id=<id> or ?thread_name=<name>)`,
    })
  })

  it('shows a text as it is, with its links, or as Markdown if the address asks for markup', async () => {
    const text = '**1** < 2 [x](y)\n# not a title\n1. https://x.example/a_b_c'
    const plain = await open(discord, 'discord')
    await plain.send(text)
    expect(plain.received[0]?.body.content).toBe(
      '\\*\\*1\\*\\* \\< 2 \\[x\\](y)\n\\# not a title\n1\\. https://x.example/a_b_c',
    )
    const markup = await open(`${discord}#format=markup`, 'discord')
    await markup.send(text)
    expect(markup.received[0]?.body.content).toBe(text)
  })

  // https://github.com/discord/discord-api-docs/issues/1315: code points.
  it('counts an emoji as one character, and what is escaped as two', async () => {
    const { channel } = await open(discord, 'discord')
    expect(channel.lengthOf('👋'.repeat(2_000))).toBe(channel.lengthMax)
    expect(channel.lengthOf('a*b')).toBe(4)
  })

  // https://github.com/discord/discord-api-docs/issues/2360
  it.each([
    ['seconds', { retry_after: 1.842 }, { 'retry-after': '2' }, 1_842],
    ['an hour', { retry_after: 3_000 }, { 'retry-after': '3000' }, 3_000_000],
    [
      'milliseconds',
      { retry_after: 64_200 },
      { 'retry-after': '64200', 'x-ratelimit-reset-after': '64.2' },
      64_200,
    ],
  ])('is waited for as long as it asks, in %s', async (_, body, headers, cooldownMs) => {
    const { willDo, send } = await open(discord, 'discord')
    willDo({ status: 429, body: JSON.stringify(body), headers })
    const outcome = await send()
    expect(outcome).toMatchObject({ kind: 'retry', cooldownMs })
    expect(decideRetry(outcome, { attempts: 1, mayHaveArrived: false }).state).toBe('due')
  })
})

// https://docs.slack.dev/messaging/formatting-message-text
describe('Slack', () => {
  it('shows a text as it is, or as mrkdwn if the address asks for markup', async () => {
    const plain = await open(slack, 'slack')
    await plain.send('*R&D* <!channel>')
    expect(plain.received[0]?.body).toEqual({
      text: '*R&amp;D* &lt;!channel&gt;',
      mrkdwn: false,
    })
    const markup = await open(`${slack}#format=markup`, 'slack')
    await markup.send('*News*: <https://x.example|read>')
    expect(markup.received[0]?.body).toEqual({ text: '*News*: <https://x.example|read>' })
  })
})

describe('a Slack-compatible receiver', () => {
  // https://docs.rocket.chat/docs/integrations
  it.each(['ok', '{"success":true}'])('confirms a post with %s', async (body) => {
    const { willDo, send } = await open('slack+https://chat.example.com/hooks/a/b', 'slack')
    willDo({ status: 200, body })
    expect(await send()).toEqual({ kind: 'sent', receipt: 'slack-compatible:ok' })
  })

  // https://docs.mattermost.com/collaborate/mention-people.html
  it('is sent no mention of everybody', async () => {
    const { received, send } = await open('slack+https://chat.example.com/hooks/a/b', 'slack')
    await send('@all and @Channel, mail@allianz.example')
    expect(received[0]?.body.text).toBe('@\u200ball and @\u200bChannel, mail@allianz.example')
  })
})

// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
describe('a generic receiver', () => {
  it('receives a signature by each secret while one is replaced', async () => {
    const secrets = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const hash = secrets.map((secret) => `whsec_${secret.toString('base64')}`).join(',')
    const { received, send } = await open(`https://news.example.com/x#${hash}`, 'generic')
    await send()
    const { headers = {}, text = '' } = received[0] ?? {}
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
    expect(String(headers['webhook-signature']).split(' ')).toEqual(
      secrets.map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`),
    )
  })
})
