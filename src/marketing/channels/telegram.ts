import type { Channel, ChannelDeps, ChannelKind } from './channel.ts'
import { type ChatService, readFields, secondsToMs, toChatOutcome } from './chat-outcome.ts'
import { type Answer, deliver } from './deliver.ts'
import { countCodeUnits, countTelegramHtml, type Format, markupHash } from './format.ts'

const scheme = 'telegram://'
const pattern =
  /^telegram:\/\/(\d{1,20}:[\w-]{20,100})@(-?\d{1,20}|@?[A-Za-z]\w{3,63})(?:\/(\d{1,10}))?(#format=markup)?$/

interface Target {
  readonly token: string
  /** The chat's number, or the name of a public channel with its `@`. */
  readonly chat: string
  /** The topic of a forum; undefined for its general topic, which must not be named. */
  readonly topic: number | undefined
  readonly format: Format
}

/** Telegram's Bot API: https://core.telegram.org/bots/api#sendmessage */
export const telegramChannel: ChannelKind = {
  example: 'telegram://<bot token>@<chat id>',
  claims: (address) => address.toLowerCase().startsWith(scheme),
  read: (address) => {
    const [, token, chat, topic, hash] = pattern.exec(address) ?? []
    if (token === undefined || chat === undefined)
      return {
        problem:
          'write telegram://<bot token>@<chat id>: the token as BotFather gives it (digits, a colon, letters), ' +
          'the chat as its number or the name of a public channel; for a topic of a forum, end it with /<topic id>',
      }
    const target: Target = {
      token,
      chat: /^[A-Za-z]/.test(chat) ? `@${chat}` : chat,
      topic: topic === undefined || topic === generalTopic ? undefined : Number(topic),
      format: hash === markupHash ? 'markup' : 'plain',
    }
    return { open: (deps) => openTelegram(target, deps) }
  },
}

const generalTopic = '1'

function openTelegram(
  { token, chat, topic, format }: Target,
  { fetch, now }: ChannelDeps,
): Channel {
  /** A group that becomes a supergroup gets a new number, which its rejection names. */
  let chatId = chat
  const [, secret = token] = token.split(':')
  const service: ChatService = {
    secrets: [token, encodeURIComponent(token), secret],
    readReceipt: ({ body }) => {
      const { ok, result } = readFields(body)
      const { message_id: id } = readFields(JSON.stringify(result ?? null))
      return ok === true && typeof id === 'number' ? `telegram:${id}` : undefined
    },
    readReason: (answer) => {
      const { description } = readFields(answer.body)
      const words = typeof description === 'string' ? description : ''
      const moved = readParameters(answer).migrate_to_chat_id
      return moved === undefined
        ? words
        : `${words} (its new chat id is ${moved}: put it in the address)`
    },
    readWaitMs: (answer) => secondsToMs(readParameters(answer).retry_after),
    followMove: (answer) => {
      const moved = readParameters(answer).migrate_to_chat_id
      if (typeof moved !== 'number' || String(moved) === chatId) return false
      chatId = String(moved)
      return true
    },
  }
  return {
    kind: 'telegram',
    lengthMax: 4_096,
    lengthOf: format === 'markup' ? countTelegramHtml : countCodeUnits,
    send: async ({ text, timeoutMs }) => {
      const delivery = await deliver(fetch, {
        url: `https://api.telegram.org/bot${token}/sendMessage`,
        headers: { 'content-type': 'application/json', 'user-agent': 'countinghouse' },
        body: JSON.stringify({
          chat_id: chatId,
          text,
          ...(topic === undefined ? {} : { message_thread_id: topic }),
          ...(format === 'markup' ? { parse_mode: 'HTML' } : {}),
        }),
        timeoutMs,
      })
      return toChatOutcome(delivery, service, now())
    },
  }
}

/** https://core.telegram.org/bots/api#responseparameters */
function readParameters({ body }: Answer): Readonly<Record<string, unknown>> {
  return readFields(JSON.stringify(readFields(body).parameters ?? null))
}
