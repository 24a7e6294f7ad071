import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { headlines, openAlertChannel } from '../support/alert-channel.ts'
import { runService } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

/** A minute between two messages, and a look every 15 s. */
const patienceMs = 120_000

test('a process that is killed while it posts an alert posts it again, and one that is killed later does not', async () => {
  const channel = await openAlertChannel()
  const folder = temporaryFolder()
  const start = () => runService(folder, { ...webhooksOnly, ALERT_CHANNEL: channel.address })

  channel.willDo('hangs')
  const first = await start()
  const object = { amount_received: 'x' }
  const body = eventBody('payment_intent.succeeded', { id: 'evt_1', object })
  expect((await deliver(first.apiUrl, body)).status).toBe(200)
  await until('the first attempt', () => channel.requests.length === 1, patienceMs)
  await first.end('SIGKILL')

  const second = await start()
  await until('the second attempt', () => channel.texts.length === 1, patienceMs)
  await until('its commit', () => isOutboxEmpty(folder))
  await second.end('SIGKILL')

  const third = await start()
  await fetch(`${third.apiUrl}/v1/dead-letters/evt_1/dismiss`, { method: 'POST' })
  await until('the end', () => channel.texts.length > 1, patienceMs)
  expect(channel.requests[1]).toBe(channel.requests[0])
  expect(channel.requests).toHaveLength(3)
  expect(channel.texts.map(headlines)).toEqual([
    ['FIRING (warning) CountinghouseDeadLetters'],
    ['OVER CountinghouseDeadLetters'],
  ])
})

function isOutboxEmpty(folder: string): boolean {
  using reader = new DatabaseSync(join(folder, 'ledger.db'), { readOnly: true })
  return reader.prepare('select message_id from alert_outbox').get()?.message_id === null
}
