import { type Channel, type ChannelDeps, type ChannelKind, hasLogin } from './channel.ts'
import { type ChatService, readFields, toChatOutcome } from './chat-outcome.ts'
import { deliver } from './deliver.ts'
import { discordHosts, readWaitMs } from './discord.ts'
import { countCodePoints, countCodeUnits, escapeSlack, type Format, readFormat } from './format.ts'
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
    const isDiscord = discordHosts.has(url.hostname)
    return { open: (deps) => openSlackCompatible(url, isDiscord, format, deps) }
  },
}

function openSlackCompatible(
  url: URL,
  isDiscord: boolean,
  format: Format,
  { fetch, now }: ChannelDeps,
): Channel {
  const toText = format === 'markup' ? (text: string) => text : toPlain
  const count = isDiscord ? countCodePoints : countCodeUnits
  const service: ChatService = {
    secrets: [...url.pathname.split('/'), ...url.searchParams.values()].filter(
      (part) => part.length >= secretLengthMin,
    ),
    readReceipt: ({ body }) => (confirms(body) ? 'slack-compatible:ok' : undefined),
    readReason: ({ body }) => {
      const { message, error } = readFields(body)
      return [message, error].find((words) => typeof words === 'string') ?? ''
    },
    ...(isDiscord ? { readWaitMs } : {}),
  }
  return {
    kind: 'slack-compatible',
    lengthMax: isDiscord ? 2_000 : 4_000,
    lengthOf: (text) => count(toText(text)),
    send: async ({ text, timeoutMs }) => {
      const delivery = await deliver(fetch, {
        url: toTarget(url, isDiscord),
        headers: { 'content-type': 'application/json', 'user-agent': 'countinghouse' },
        body: JSON.stringify({ text: toText(text) }),
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

/** Discord is asked in version 10, as by its own channel, and to confirm; its `wait` is true by default. */
function toTarget({ origin, pathname, searchParams, search }: URL, isDiscord: boolean): string {
  if (!isDiscord) return `${origin}${pathname}${search}`
  const query = new URLSearchParams(searchParams)
  query.set('wait', 'true')
  return `${origin}${pathname.replace(/^\/api(\/v\d+)?\//, '/api/v10/')}?${query}`
}

/** Mattermost and Rocket.Chat mention everybody for `@all`, `@channel` and `@here` in plain text. */
function toPlain(text: string): string {
  return escapeSlack(text).replaceAll(/@(?=(all|channel|here|everyone)\b)/gi, '@\u200b')
}
