import { request } from 'node:http'
import { expect, test } from 'vitest'
import { startFakeStripeApi } from '../../support/fake-stripe-api.ts'
import { startTestApp, webhookSecret } from '../../support/start-test-app.ts'
import { deliver, eventBody, sign } from '../../support/webhooks.ts'

const success = 'billing_payments_total{status="success"}'

function startApp(apiBase = 'http://127.0.0.1:9') {
  return startTestApp({
    environment: {
      STRIPE_SECRET_KEY: 'sk_test_none',
      STRIPE_WEBHOOK_SECRET: `whsec_old,${webhookSecret}`,
      STRIPE_API_BASE: apiBase,
    },
  })
}

async function outcomeOf(answer: Response): Promise<unknown> {
  expect(answer.status).toBe(200)
  return answer.json()
}

test('one signed success sent 100 times, 32 at once, moves success by exactly 1', async () => {
  const app = await startApp()
  const body = eventBody('payment_intent.succeeded')
  let left = 100
  const outcomes: unknown[] = []
  const sender = async () => {
    while (left-- > 0) outcomes.push(await outcomeOf(await deliver(app.apiUrl, body)))
  }
  await Promise.all(Array.from({ length: 32 }, sender))
  expect(outcomes.filter((one) => JSON.stringify(one).includes('recorded'))).toHaveLength(1)
  expect(outcomes.filter((one) => JSON.stringify(one).includes('duplicate'))).toHaveLength(99)
  expect((await app.counters()).get(success)).toBe(1)
})

test('an accepted webhook is answered with JSON, its length and the id of the request', async () => {
  const app = await startApp()
  const body = eventBody('payment_intent.succeeded')
  const send = (headers: Record<string, string>) =>
    fetch(`${app.apiUrl}/webhooks/stripe`, {
      method: 'POST',
      headers: { 'stripe-signature': sign(body), ...headers },
      body,
    })
  const answers = await Promise.all([send({ 'x-request-id': 'proxy-1' }), send({})])
  const json = await Promise.all(answers.map((answer) => answer.text()))
  expect(json.sort()).toEqual(['{"outcome":"duplicate"}', '{"outcome":"recorded"}'])
  for (const { status, headers } of answers) {
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('content-length')).toMatch(/^2[23]$/)
    expect(headers.get('transfer-encoding')).toBeNull()
    expect(headers.get('connection')).toBe('keep-alive')
  }
  expect(answers[0]?.headers.get('x-request-id')).toBe('proxy-1')
  expect(answers[1]?.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('two events with different ids for one PaymentIntent move success by 1', async () => {
  const app = await startApp()
  for (const id of ['evt_1', 'evt_2'])
    await outcomeOf(await deliver(app.apiUrl, eventBody('payment_intent.succeeded', { id })))
  expect((await app.counters()).get(success)).toBe(1)
})

test('a refund reported by all its events is one refund', async () => {
  const stripe = await startFakeStripeApi()
  const app = await startApp(stripe.url)
  const refund = JSON.parse(eventBody('refund.created')).data.object
  stripe.add(JSON.parse(eventBody('charge.refunded')).data.object, refund)
  for (const type of [
    'refund.created',
    'refund.updated',
    'charge.refund.updated',
    'charge.refunded',
  ])
    await outcomeOf(await deliver(app.apiUrl, eventBody(type)))
  expect((await app.counters()).get('billing_payments_total{status="refunded"}')).toBe(1)
})

test.each([
  ['of a type that is not used', 'charge.succeeded', {}],
  ['of live mode, in test mode', 'payment_intent.succeeded', { event: { livemode: true } }],
  ['of a connected account', 'payment_intent.succeeded', { event: { account: 'acct_2' } }],
  ['of a checkout that is not ours', 'checkout.session.completed', {}],
])('an event %s is answered 200 and not counted', async (_, type, changes) => {
  const app = await startApp()
  const answer = await deliver(app.apiUrl, eventBody(type, changes))
  expect(await outcomeOf(answer)).toEqual({ outcome: 'not_counted' })
  expect([...(await app.counters()).values()].every((value) => value === 0)).toBe(true)
})

test('a payment that was created before the ledger began is answered 200 and not counted', async () => {
  const app = await startApp()
  const body = eventBody('payment_intent.succeeded', { object: { created: 1_500_000_000 } })
  expect(await outcomeOf(await deliver(app.apiUrl, body))).toEqual({ outcome: 'before_genesis' })
  expect((await app.counters()).get(success)).toBe(0)
})

test('a verified event that cannot be processed is a dead letter and answered 200, without its content', async () => {
  const app = await startApp()
  const broken = [
    eventBody('payment_intent.succeeded', { object: { amount: 'jenny@example.com' } }),
    '{"hello":"jenny@example.com"}',
    '["jenny@example.com"]',
  ]
  for (const body of [...broken, ...broken])
    expect(await outcomeOf(await deliver(app.apiUrl, body))).toEqual({ outcome: 'dead_letter' })
  expect(app.logLines.join('')).not.toContain('jenny@example.com')
})

test('a time beyond the year 9999 is a dead letter: RFC 3339 cannot express it, and the facts can still be listed', async () => {
  const app = await startApp()
  const last = 253_402_300_799
  for (const created of [last + 1, 8_640_000_000_001]) {
    const body = eventBody('payment_intent.succeeded', { id: `evt_${created}`, event: { created } })
    expect(await outcomeOf(await deliver(app.apiUrl, body))).toEqual({ outcome: 'dead_letter' })
  }
  const body = eventBody('payment_intent.succeeded', { event: { created: last } })
  expect(await outcomeOf(await deliver(app.apiUrl, body))).toEqual({ outcome: 'recorded' })
  const facts = await app.call('GET', '/v1/facts')
  expect(facts.status).toBe(200)
  expect(await facts.text()).toContain('9999-12-31T23:59:59.000Z')
})

test('an amount beyond Stripe’s limits is a dead letter, and the totals can still be read', async () => {
  const app = await startApp()
  const [most, tooMuch] = [999_999_999_999_999, 9_000_000_000_000_000]
  for (const [id, amount] of [tooMuch, tooMuch, most].entries())
    await deliver(
      app.apiUrl,
      eventBody('payment_intent.succeeded', {
        id: `evt_${id}`,
        object: { id: `pi_${id}`, amount, amount_received: amount },
      }),
    )
  expect((await app.call('GET', '/v1/totals')).status).toBe(200)
  const stats = await app.call('GET', '/v1/stats')
  expect(stats.status).toBe(200)
  expect(await stats.text()).toContain(String(most))
})

test('any of several secrets may have signed', async () => {
  const app = await startApp()
  const body = eventBody('payment_intent.succeeded')
  await outcomeOf(await deliver(app.apiUrl, body, sign(body, { secret: 'whsec_old' })))
})

function now(): number {
  return Math.floor(Date.now() / 1000)
}

test.each([
  ['is missing', () => '', 'the header Stripe-Signature'],
  ['is of no known form', () => 'v1=abc', 'not of the form'],
  ['is of another secret', (body: string) => sign(body, { secret: 'whsec_other' }), 'no secret'],
  ['is too old', (body: string) => sign(body, { timestamp: now() - 400 }), 's old'],
  ['is of the future', (body: string) => sign(body, { timestamp: now() + 400 }), 's ahead'],
  ['is of another body', () => sign('{}'), 'no secret'],
])('a signature that %s is refused with 400 and moves nothing', async (_, signature, reason) => {
  const app = await startApp()
  const body = eventBody('payment_intent.succeeded')
  const answer = await deliver(app.apiUrl, body, signature(body))
  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(await answer.json()).toMatchObject({
    type: 'urn:countinghouse:problem:invalid_signature',
    detail: expect.stringContaining(reason),
  })
  expect((await app.counters()).get(success)).toBe(0)
})

test('a signed body that is not JSON is refused with 400', async () => {
  const app = await startApp()
  const answer = await deliver(app.apiUrl, 'no json')
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ type: 'urn:countinghouse:problem:invalid_json' })
})

/** Posts in chunks, without a declared length. */
function deliverChunked(apiUrl: string, body: string, signature: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const post = request(
      `${apiUrl}/webhooks/stripe`,
      { method: 'POST', headers: { 'stripe-signature': signature } },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    post.on('error', reject)
    for (let at = 0; at < body.length; at += 65_536) post.write(body.slice(at, at + 65_536))
    post.end()
  })
}

test('a body over the limit is refused with 413, declared or chunked, and one below it is taken', async () => {
  const app = await startApp()
  const large = eventBody('payment_intent.succeeded', {
    object: { description: 'x'.repeat(1024 * 1024) },
  })
  expect((await deliver(app.apiUrl, large)).status).toBe(413)
  expect(await deliverChunked(app.apiUrl, large, sign(large))).toBe(413)
  const fitting = eventBody('payment_intent.succeeded', {
    object: { description: 'x'.repeat(500_000) },
  })
  expect(await deliverChunked(app.apiUrl, fitting, sign(fitting))).toBe(200)
  expect((await app.counters()).get(success)).toBe(1)
})

test('when the ledger cannot commit the answer is 503, and the retry is counted once', async () => {
  const app = await startApp()
  const { DatabaseSync } = await import('node:sqlite')
  const intruder = new DatabaseSync(`${app.folder}/ledger.db`)
  intruder.exec("create trigger refuse before insert on facts begin select raise(abort, 'no'); end")
  const body = eventBody('payment_intent.succeeded')
  const refused = await deliver(app.apiUrl, body)
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({ type: 'urn:countinghouse:problem:not_committed' })
  intruder.exec('drop trigger refuse')
  intruder.close()
  expect(await outcomeOf(await deliver(app.apiUrl, body))).toEqual({ outcome: 'recorded' })
  expect((await app.counters()).get(success)).toBe(1)
})
