import { expect, it } from 'vitest'
import { type EndlessReceiver, startEndlessReceiver } from '../support/endless-receiver.ts'
import { memoryRiseOf } from '../support/resident-memory.ts'
import { startTestApp, webhooksOnly } from '../support/start-test-app.ts'
import { until } from '../support/until.ts'

const MiB = 1024 * 1024
/** What sockets hold on both sides, and what was read before the limit was noticed. */
const bufferedBytesMax = 12 * MiB
const memoryRiseMax = 150 * MiB

function mostSent({ sentBytes }: EndlessReceiver): number {
  expect(sentBytes.length).toBeGreaterThan(0)
  return Math.max(...sentBytes)
}

it('an answer of Stripe is read up to 16 MiB, and the caller is given the reason', async () => {
  const stripe = await startEndlessReceiver()
  const rise = await memoryRiseOf(async () => {
    const environment = { ...webhooksOnly, STRIPE_API_BASE: stripe.url }
    const app = await startTestApp({ environment })
    const answer = await app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('the response has more than 16 MiB')
  })
  expect(mostSent(stripe)).toBeLessThan(16 * MiB + bufferedBytesMax)
  expect(rise).toBeLessThan(memoryRiseMax)
})

it.each([
  [200, 'sent', null],
  [400, 'failed', 'the receiver answered 400'],
])('an answer of a channel is read up to 64 KiB, with %i', async (status, state, reason) => {
  const receiver = await startEndlessReceiver(status)
  const address = `${receiver.url}/news#whsec_${Buffer.alloc(32, 1).toString('base64')}`
  const app = await startTestApp({ environment: { CHANNEL_NEWS: address } })
  const rise = await memoryRiseOf(async () => {
    const body = { name: 'n', messages: ['x'], cron: '0 0 1 1 *', channel: 'news' }
    const { id } = JSON.parse(await (await app.call('POST', '/v1/campaigns', body)).text())
    const post = JSON.parse(await (await app.call('POST', `/v1/campaigns/${id}/posts`)).text())
    expect([post.state, post.reason ?? null]).toEqual([state, reason])
  })
  expect(mostSent(receiver)).toBeLessThan(bufferedBytesMax)
  expect(rise).toBeLessThan(memoryRiseMax)
})

it('an answer of an OTLP receiver is read up to 4 MiB, and the log has the reason', async () => {
  const receiver = await startEndlessReceiver()
  const rise = await memoryRiseOf(async () => {
    const app = await startTestApp({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } })
    await until('the failure is logged', () =>
      app.logLines.some((line) => line.includes('size limit') && line.includes('pushed')),
    )
  })
  expect(mostSent(receiver)).toBeLessThan(4 * MiB + bufferedBytesMax)
  expect(rise).toBeLessThan(memoryRiseMax)
})
