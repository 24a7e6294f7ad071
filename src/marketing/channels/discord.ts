import { type Channel, type ChannelDeps, type ChannelKind, hasLogin } from './channel.ts'
import { type ChatService, readFields, secondsToMs, toChatOutcome } from './chat-outcome.ts'
import { type Answer, deliver } from './deliver.ts'
import { countCodePoints, escapeDiscord, type Format, readFormat } from './format.ts'

const example = 'https://discord.com/api/webhooks/<id>/<token>'
/** The hosts of Discord's webhooks, in its own form and in Slack's. */
export const discordHosts: ReadonlySet<string> = new Set([
  'discord.com',
  'discordapp.com',
  'canary.discord.com',
  'ptb.discord.com',
])

/** Discord's webhooks, as pasted: https://docs.discord.com/developers/resources/webhook#execute-webhook */
export const discordChannel: ChannelKind = {
  example,
  claims: (address) => URL.canParse(address) && discordHosts.has(new URL(address).hostname),
  read: (address) => {
    const url = new URL(address)
    const format = readFormat(url.hash)
    const [, path] = /^\/api(?:\/v\d+)?(\/webhooks\/\d+\/[\w-]+)$/.exec(url.pathname) ?? []
    if (path === undefined || hasLogin(url) || url.protocol !== 'https:' || format === undefined)
      return {
        problem:
          `paste the URL of the webhook as Discord shows it: ${example}, ` +
          'with ?thread_id=<id> or ?thread_name=<name> for a thread of a forum',
      }
    return { open: (deps) => openDiscord(toHook(url, path), format, deps) }
  },
}

interface Hook {
  readonly url: string
  readonly token: string
  /** Of the thread that each post begins, in a forum. */
  readonly threadName: string | undefined
}

/**
 * An URL without a version leads to one whose waits are in milliseconds; from version 8 on they are in seconds.
 * See https://docs.discord.com/developers/reference#api-versioning.
 */
function toHook({ origin, searchParams }: URL, path: string): Hook {
  const query = new URLSearchParams(searchParams)
  query.delete('thread_name')
  query.set('wait', 'true')
  return {
    url: `${origin}/api/v10${path}?${query}`,
    token: path.slice(path.lastIndexOf('/') + 1),
    threadName: searchParams.get('thread_name') ?? undefined,
  }
}

function openDiscord(hook: Hook, format: Format, { fetch, now }: ChannelDeps): Channel {
  const toContent = format === 'markup' ? (text: string) => text : escapeDiscord
  const service: ChatService = {
    secrets: [hook.token],
    readReceipt: ({ body }) => {
      const { id } = readFields(body)
      return typeof id === 'string' && /^\d+$/.test(id) ? `discord:${id}` : undefined
    },
    readReason: ({ body }) => {
      const { message, code } = readFields(body)
      const advice = code === forumNeedsThread ? ` (${forumAdvice})` : ''
      return typeof message === 'string' ? `${message}${advice}` : ''
    },
    readWaitMs,
    readPauseMs: ({ headers }) =>
      headers.get('x-ratelimit-remaining') === '0'
        ? secondsToMs(headers.get('x-ratelimit-reset-after'))
        : undefined,
  }
  return {
    kind: 'discord',
    lengthMax: 2_000,
    lengthOf: (text) => countCodePoints(toContent(text)),
    send: async ({ text, timeoutMs }) => {
      const delivery = await deliver(fetch, {
        url: hook.url,
        headers: { 'content-type': 'application/json', 'user-agent': 'countinghouse' },
        body: JSON.stringify({
          content: toContent(text),
          allowed_mentions: { parse: [] },
          ...(hook.threadName === undefined ? {} : { thread_name: hook.threadName }),
        }),
        timeoutMs,
      })
      return toChatOutcome(delivery, service, now())
    },
  }
}

/** Webhooks posted to forum channels must have a thread_name or thread_id. */
const forumNeedsThread = 220001
const forumAdvice = "end the channel's URL with ?thread_id=<id> or ?thread_name=<name>"

/**
 * The wait of a 429 response (ms). Old versions of the API count `retry_after` and `Retry-After` in milliseconds,
 * while `x-ratelimit-reset-after` is always in seconds: https://github.com/discord/discord-api-docs/issues/2360.
 */
export function readWaitMs({ body, headers }: Answer): number | undefined {
  const waitMs = secondsToMs(readFields(body).retry_after)
  const resetMs = secondsToMs(headers.get('x-ratelimit-reset-after'))
  const isInMilliseconds =
    waitMs !== undefined && resetMs !== undefined && Math.abs(waitMs / 1000 - resetMs) <= 1_000
  return isInMilliseconds && waitMs > 60_000 ? resetMs : waitMs
}
