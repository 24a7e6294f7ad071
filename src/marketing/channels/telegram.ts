import type { Channel, ChannelDeps, ChannelKind } from './channel.ts'
import { type ChatService, readFields, secondsToMs, toChatOutcome } from './chat-outcome.ts'
import { deliver } from './deliver.ts'

const scheme = 'telegram://'
const pattern = /^telegram:\/\/(\d{1,20}:[\w-]{20,100})@(-?\d{1,20}|@?[A-Za-z]\w{3,63})$/

/** Telegram's Bot API: https://core.telegram.org/bots/api#sendmessage */
export const telegramChannel: ChannelKind = {
  example: 'telegram://<bot token>@<chat id>',
  claims: (address) => address.toLowerCase().startsWith(scheme),
  read: (address) => {
    const [, token, chat] = pattern.exec(address) ?? []
    if (token === undefined || chat === undefined)
      return {
        problem:
          'write telegram://<bot token>@<chat id>: the token as BotFather gives it (digits, a colon, letters), ' +
          'the chat as its number or the name of a public channel',
      }
    const chatId = /^[A-Za-z]/.test(chat) ? `@${chat}` : chat
    return { open: (deps) => openTelegram(token, chatId, deps) }
  },
}

function openTelegram(token: string, chatId: string, { fetch, now }: ChannelDeps): Channel {
  const [, secret = token] = token.split(':')
  const service: ChatService = {
    secrets: [token, encodeURIComponent(token), secret],
    readReceipt: ({ body }) => {
      const { ok, result } = readFields(body)
      const { message_id: id } = readFields(JSON.stringify(result ?? null))
      return ok === true && typeof id === 'number' ? `telegram:${id}` : undefined
    },
    readReason: ({ body }) => {
      const { description } = readFields(body)
      return typeof description === 'string' ? description : ''
    },
    readWaitMs: ({ body }) => {
      const { parameters } = readFields(body)
      return secondsToMs(readFields(JSON.stringify(parameters ?? null)).retry_after)
    },
  }
  return {
    kind: 'telegram',
    textLengthMax: 4_096,
    send: async ({ text, timeoutMs }) => {
      const delivery = await deliver(fetch, {
        url: `https://api.telegram.org/bot${token}/sendMessage`,
        headers: { 'content-type': 'application/json', 'user-agent': 'countinghouse' },
        body: JSON.stringify({ chat_id: chatId, text }),
        timeoutMs,
      })
      return toChatOutcome(delivery, service, now())
    },
  }
}
