import { type Channel, type ChannelDeps, type ChannelKind, hasLogin } from './channel.ts'
import { type ChatService, readFields, secondsToMs, toChatOutcome } from './chat-outcome.ts'
import { deliver } from './deliver.ts'

const example = 'https://discord.com/api/webhooks/<id>/<token>'
const hosts: ReadonlySet<string> = new Set([
  'discord.com',
  'discordapp.com',
  'canary.discord.com',
  'ptb.discord.com',
])

/** Discord's webhooks, as pasted: https://docs.discord.com/developers/resources/webhook#execute-webhook */
export const discordChannel: ChannelKind = {
  example,
  claims: (address) => URL.canParse(address) && hosts.has(new URL(address).hostname),
  read: (address) => {
    const url = new URL(address)
    const isHook = /^\/api(\/v\d+)?\/webhooks\/\d+\/[\w-]+$/.test(url.pathname)
    if (!isHook || hasLogin(url) || url.protocol !== 'https:' || url.hash !== '')
      return { problem: `paste the URL of the webhook as Discord shows it: ${example}` }
    url.searchParams.set('wait', 'true')
    return { open: (deps) => openDiscord(url, deps) }
  },
}

function openDiscord(url: URL, { fetch, now }: ChannelDeps): Channel {
  const service: ChatService = {
    secrets: url.pathname.split('/').slice(-1),
    readReceipt: ({ body }) => {
      const { id } = readFields(body)
      return typeof id === 'string' && /^\d+$/.test(id) ? `discord:${id}` : undefined
    },
    readReason: ({ body }) => {
      const { message } = readFields(body)
      return typeof message === 'string' ? message : ''
    },
    readWaitMs: ({ body }) => secondsToMs(readFields(body).retry_after),
    readPauseMs: ({ headers }) =>
      headers.get('x-ratelimit-remaining') === '0'
        ? secondsToMs(headers.get('x-ratelimit-reset-after'))
        : undefined,
  }
  return {
    kind: 'discord',
    textLengthMax: 2_000,
    send: async ({ text, timeoutMs }) => {
      const delivery = await deliver(fetch, {
        url: url.href,
        headers: { 'content-type': 'application/json', 'user-agent': 'countinghouse' },
        body: JSON.stringify({ content: text, allowed_mentions: { parse: [] } }),
        timeoutMs,
      })
      return toChatOutcome(delivery, service, now())
    },
  }
}
