import { startReceiver } from './receiver.ts'
import { startTestApp } from './start-test-app.ts'
import { testStack } from './test-stack.ts'

/**
 * The service with a chat channel whose receiver takes a text and confirms nothing, so that its posts are unknown,
 * or asks to wait for ten minutes if the text is "wait"; `print` is its console. Without a channel called `console`
 * there is no demo campaign, so that only the test posts.
 */
export async function startWithQuietChat(
  environment: Readonly<Record<string, string>> = {},
  stack: AsyncDisposableStack = testStack(),
) {
  const receiver = await startReceiver((_, response, body) => {
    if (body.includes('wait')) response.writeHead(429, { 'retry-after': '600' }).end('later')
    else response.writeHead(200).end('thank you')
  }, stack)
  const CHANNEL_CHAT = `slack+${receiver.url}/hooks/a`
  return startTestApp(
    { environment: { CHANNEL_CHAT, CHANNEL_PRINT: 'console:', ...environment } },
    stack,
  )
}

/** A campaign that posts by itself once a year. */
export const yearly = {
  name: 'Winter sale',
  messages: ['It is cold.'],
  cron: '0 0 1 1 *',
  time_zone: 'Europe/Berlin',
  channel: 'chat',
}
