import { z } from 'zod'
import { startReceiver } from './receiver.ts'
import { testStack } from './test-stack.ts'

/** How a request ends: the status that it is answered with, or no answer. */
type ChannelEnd = number | 'hangs' | 'resets'

export interface AlertChannel {
  /** The setting that leads to it. */
  readonly address: string
  /** The texts that it confirmed, in order. */
  readonly texts: readonly string[]
  /** Every request, confirmed or not. */
  readonly requests: readonly string[]
  /** How the next requests end; after those it confirms each. */
  willDo(...ends: readonly ChannelEnd[]): void
}

const body = z.object({ text: z.string() })

/**
 * A service with Slack's incoming webhooks, as Mattermost documents its own: 200 and `ok` confirm a message.
 * https://developers.mattermost.com/integrate/webhooks/incoming/
 */
export async function openAlertChannel(
  stack: AsyncDisposableStack = testStack(),
): Promise<AlertChannel> {
  const texts: string[] = []
  const requests: string[] = []
  let next: ChannelEnd[] = []
  const { url } = await startReceiver((request, response, bytes) => {
    const { text } = body.parse(JSON.parse(bytes.toString()))
    requests.push(text)
    const end = next.shift() ?? 200
    if (end === 'resets') request.socket.resetAndDestroy()
    if (typeof end !== 'number') return
    if (end === 200) texts.push(text)
    response.writeHead(end).end(end === 200 ? 'ok' : 'no')
  }, stack)
  return {
    address: `slack+${url}/hooks/alert-path-canary`,
    texts,
    requests,
    willDo: (...ends) => {
      next = [...ends]
    },
  }
}

/** The first line of each alert in a message: what fires and what is over. */
export function headlines(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, headline] = /^((?:FIRING \(\w+\)|OVER) \w+)/.exec(line) ?? []
    return headline === undefined ? [] : [headline]
  })
}
