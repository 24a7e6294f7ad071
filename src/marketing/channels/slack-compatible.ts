import { type Channel, type ChannelDeps, type ChannelKind, hasLogin } from './channel.ts'
import { type ChatService, readFields, toChatOutcome } from './chat-outcome.ts'
import { deliver } from './deliver.ts'
import { countCodeUnits, escapeSlack, type Format, readFormat } from './format.ts'
import { isLoopbackHost } from './loopback-host.ts'

const prefix = 'slack+'
const example = 'slack+https://<host>/<path of the incoming webhook>'

/**
 * Services that take the JSON of Slack's incoming webhooks: Mattermost
 * (https://developers.mattermost.com/integrate/webhooks/incoming/), Rocket.Chat
 * (https://docs.rocket.chat/docs/integrations) and Discord's `/slack`
 * (https://docs.discord.com/developers/resources/webhook#execute-slackcompatible-webhook).
 */
export const slackCompatibleChannel: ChannelKind = {
  example,
  claims: (address) => address.toLowerCase().startsWith(prefix),
  read: (address) => {
    const target = address.slice(prefix.length)
    const url = URL.canParse(target) ? new URL(target) : undefined
    const format = url === undefined ? undefined : readFormat(url.hash)
    if (url === undefined || format === undefined || !/^https?:$/.test(url.protocol))
      return { problem: `write slack+ and the URL of the incoming webhook: ${example}` }
    if (hasLogin(url)) return { problem: 'leave user and password out of the URL' }
    if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
      return { problem: 'use slack+https://: http is for loopback addresses alone' }
    return { open: (deps) => openSlackCompatible(url, format, deps) }
  },
}

function openSlackCompatible(url: URL, format: Format, { fetch, now }: ChannelDeps): Channel {
  const service: ChatService = {
    secrets: [...url.pathname.split('/'), ...url.searchParams.values()].filter(
      (part) => part.length >= secretLengthMin,
    ),
    readReceipt: ({ body }) => (confirms(body) ? 'slack-compatible:ok' : undefined),
    readReason: ({ body }) => {
      const { message, error } = readFields(body)
      return [message, error].find((words) => typeof words === 'string') ?? ''
    },
  }
  return {
    kind: 'slack-compatible',
    lengthMax: 4_000,
    lengthOf: countCodeUnits,
    send: async ({ text, timeoutMs }) => {
      const delivery = await deliver(fetch, {
        url: `${url.origin}${url.pathname}${url.search}`,
        headers: { 'content-type': 'application/json', 'user-agent': 'countinghouse' },
        body: JSON.stringify(format === 'markup' ? { text } : { text: quiet(escapeSlack(text)) }),
        timeoutMs,
      })
      return toChatOutcome(delivery, service, now())
    },
  }
}

/** Shorter parts of a path are words such as `hooks`. */
const secretLengthMin = 8

/** Slack, Mattermost and Discord answer `ok`, Rocket.Chat `{"success":true}`. */
function confirms(body: string): boolean {
  return body.trim() === 'ok' || readFields(body).success === true
}

/** Mattermost and Rocket.Chat mention everybody for `@all`, `@channel` and `@here` in plain text. */
function quiet(text: string): string {
  return text.replaceAll(/@(?=(all|channel|here|everyone)\b)/gi, '@\u200b')
}
