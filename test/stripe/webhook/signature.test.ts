import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { rawRequest } from '../../support/raw-request.ts'
import { startTestApp, webhookSecret, webhooksOnly } from '../../support/start-test-app.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'

const type = 'payment_intent.succeeded'

const atOnce = 200

function now(): number {
  return Math.floor(Date.now() / 1000)
}

function hmac(time: number | string, body: string | Buffer, secret = webhookSecret): string {
  return createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')
}

function ownEvent(id: string): string {
  return eventBody(type, { id: `evt_${id}`, object: { id: `pi_${id}` } })
}

test.each([
  ['no value', (t: number) => `t=${t},v1=`],
  ['no v1', (t: number) => `t=${t}`],
  ['v1 without a sign', (t: number) => `t=${t},v1`],
  ['another alphabet', (t: number) => `t=${t},v1=\xe9`],
  ['nothing but commas', () => ',,,'],
  ['an empty name', (t: number) => `t=${t},=`],
  ['v0 alone', (t: number, body: string) => `t=${t},v0=${hmac(t, body)}`],
  ['capitals', (t: number, body: string) => `t=${t},v1=${hmac(t, body).toUpperCase()}`],
  ['half a signature', (t: number, body: string) => `t=${t},v1=${hmac(t, body).slice(0, 32)}`],
  [
    'a second, signed t in the past',
    (t: number, body: string) => `t=${t},t=${t - 4_000},v1=${hmac(t - 4_000, body)}`,
  ],
  ['a second, signed t', (t: number, body: string) => `t=${t - 4_000},t=${t},v1=${hmac(t, body)}`],
  [
    'a second, signed t in the future',
    (t: number, body: string) => `t=${t},t=${t + 86_400},v1=${hmac(t + 86_400, body)}`,
  ],
  ['an exponent', (_: number, body: string) => `t=1e9,v1=${hmac('1e9', body)}`],
  ['a time ahead', (t: number, body: string) => `t=${t + 302},v1=${hmac(t + 302, body)}`],
  ['an old time', (t: number, body: string) => `t=${t - 302},v1=${hmac(t - 302, body)}`],
  ['an empty secret', (t: number, body: string) => `t=${t},v1=${hmac(t, body, '')}`],
  ['215 signatures', (t: number) => `t=${t}${`,v1=${'0'.repeat(64)}`.repeat(215)}`],
])('a signature with %s is 400', async (_, header) => {
  const app = await startTestApp({ environment: webhooksOnly })
  const body = ownEvent('1')
  const headers = { 'stripe-signature': header(now(), body) }
  const answer = await rawRequest(`${app.apiUrl}/webhooks/stripe`, 'POST', headers, body)
  expect([answer.status, answer.text.includes('invalid_signature')]).toEqual([400, true])
})

test('the signature covers the raw bytes: others that decode alike are refused', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const t = now()
  const signed = Buffer.from('{"a":"\ufffd"}')
  const other = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')])
  const headers = { 'stripe-signature': `t=${t},v1=${hmac(t, signed)}` }
  const post = (body: Buffer) => rawRequest(`${app.apiUrl}/webhooks/stripe`, 'POST', headers, body)
  expect((await post(signed)).status).toBe(200)
  expect((await post(other)).status).toBe(400)
})

test('a body in any script is accepted as it was signed', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const description = 'Zürich – 東京 🎌 \u2028'
  const body = eventBody(type, { object: { description } })
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
})

test('several signatures, an unknown scheme and a final slash are as Stripe may send them', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const t = now()
  const body = ownEvent('1')
  const signature = `t=${t},v1=${'0'.repeat(64)},v1=${hmac(t, body)},v0=${'1'.repeat(64)}`
  const url = `${app.apiUrl}/webhooks/stripe/`
  const answer = await rawRequest(url, 'POST', { 'stripe-signature': signature }, body)
  expect([answer.status, answer.text]).toEqual([200, '{"outcome":"recorded"}'])
})

test('bad signatures are limited by address, and good ones from it are all accepted', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const bad = async () =>
    (await deliver(app.apiUrl, '{}', `t=${now()},v1=${'0'.repeat(64)}`)).status
  const refusals: number[] = []
  for (let each = 0; each < 101; each += 1) refusals.push(await bad())
  expect([refusals[99], refusals[100]]).toEqual([400, 429])
  const good = Array.from({ length: atOnce }, (_, each) =>
    deliver(app.apiUrl, ownEvent(String(each))),
  )
  const statuses = (await Promise.all(good)).map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([200]))
})

test('a body that is nested very deep is 400, not a failure of ours', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const body = '['.repeat(10_000) + ']'.repeat(10_000)
  const answer = await deliver(app.apiUrl, body, `t=${now()},v1=${'0'.repeat(64)}`)
  expect(answer.status).toBe(400)
})

test.each([
  ['a v1 without a value', (hex: string) => `v1=,v1=${hex}`],
  ['a space before it', (hex: string) => ` v1=${hex}`],
  ['a character that is no ASCII', (hex: string) => `v1=${hex},v0=\xe9`],
])('a right signature beside %s is 400, as it is at Stripe’s own verifier', async (_, write) => {
  const app = await startTestApp({ environment: webhooksOnly })
  const [t, body] = [now(), ownEvent('1')]
  const headers = { 'stripe-signature': `t=${t},${write(hmac(t, body))}` }
  const answer = await rawRequest(`${app.apiUrl}/webhooks/stripe`, 'POST', headers, body)
  expect(answer.status).toBe(400)
})
