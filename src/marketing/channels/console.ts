import { messageOf } from '../../errors.ts'
import type { ChannelKind } from './channel.ts'
import { countCodeUnits } from './format.ts'

const address = 'console:'

/** Prints posts, to try the service or a campaign. */
export const consoleChannel: ChannelKind = {
  example: address,
  claims: (given) => given.startsWith(address),
  read: (given) => {
    if (given !== address) return { problem: 'write console: with nothing after it' }
    return {
      open: ({ print }) => ({
        kind: 'console',
        lengthMax: 4_096,
        lengthOf: countCodeUnits,
        send: async ({ postId, text, alerts }) => {
          try {
            const what = alerts === undefined ? 'marketing post' : 'alert'
            print(`${what} ${postId}: ${toOneLine(text)}`)
            return { kind: 'sent', receipt: postId }
          } catch (cause) {
            return { kind: 'failed', reason: `the console took no output: ${messageOf(cause)}` }
          }
        },
      }),
    }
  },
}

/** Removes control characters, so that a text from the API cannot control the terminal. */
function toOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ')
}
