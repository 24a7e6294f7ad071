import { expect, test } from 'vitest'
import { startTestApp, webhooksOnly } from '../../support/start-test-app.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'

const sentCount = 10_000
const atOnce = 200

test('10,000 signed webhooks from one address, 200 at once, are all accepted after its bad ones were limited', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const bad = () =>
    deliver(app.apiUrl, '{}', `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}`)
  for (let each = 0; each < 100; each += 1) expect((await bad()).status).toBe(400)
  expect((await bad()).status).toBe(429)
  const send = async (each: number): Promise<number> => {
    const id = { id: `evt_${each}`, object: { id: `pi_${each}` } }
    const response = await deliver(app.apiUrl, eventBody('payment_intent.succeeded', id))
    await response.body?.cancel()
    return response.status
  }
  const statuses: number[] = []
  for (let sent = 0; sent < sentCount; sent += atOnce)
    statuses.push(
      ...(await Promise.all(Array.from({ length: atOnce }, (_, each) => send(sent + each)))),
    )
  expect(statuses).toHaveLength(sentCount)
  expect(new Set(statuses)).toEqual(new Set([200]))
})
