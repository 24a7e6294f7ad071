import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts'
import type { PushedSpan } from '../../support/otlp-spans.ts'
import {
  type AppWithStripe,
  startAppWithStripe,
  type TestApp,
  type TestAppOptions,
} from '../../support/start-test-app.ts'
import { startStripeProxy } from '../../support/stripe-proxy.ts'
import { deliver, eventBody, sign } from '../../support/webhooks.ts'

interface Traced {
  readonly app: AppWithStripe
  readonly receiver: OtlpReceiver
  /** Stops the service, which sends what is left, and answers all spans. */
  end(): Promise<readonly PushedSpan[]>
}

async function startTraced(options: TestAppOptions = {}): Promise<Traced> {
  const receiver = await startOtlpReceiver()
  const app = await startAppWithStripe({
    ...options,
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...options.environment },
  })
  const end = async () => {
    await app.stop()
    return receiver.spans
  }
  return { app, receiver, end }
}

function checkOut(app: TestApp, headers: Record<string, string> = {}) {
  return app.call('POST', '/v1/checkout-sessions', { plan: 'starter' }, headers)
}

async function createCampaign(app: TestApp, cron: string): Promise<string> {
  const campaign = { name: 'News', messages: ['Our plans are out.'], cron, channel: 'console' }
  const answer = await app.call('POST', '/v1/campaigns', campaign)
  return z.object({ id: z.string() }).parse(await answer.json()).id
}

/** The one trace that has such a span, as lines "parent > child", in the order of the names. */
function traceWith(spans: readonly PushedSpan[], name: string): readonly string[] {
  const ids = new Set(spans.filter((span) => span.name === name).map(({ traceId }) => traceId))
  expect(ids.size).toBe(1)
  const own = spans.filter(({ traceId }) => ids.has(traceId))
  const names = new Map(own.map((span) => [span.spanId, span.name]))
  return own
    .map((span) =>
      span.parentId === '' ? span.name : `${names.get(span.parentId)} > ${span.name}`,
    )
    .toSorted()
}

function spanOf(spans: readonly PushedSpan[], name: string): PushedSpan {
  const found = spans.filter((span) => span.name === name)
  expect(found.map((span) => span.name)).toEqual([name])
  return found[0] ?? expect.fail(`no span ${name}`)
}

function linesWith(app: TestApp, text: string): readonly Record<string, unknown>[] {
  return app.logLines.filter((line) => line.includes(text)).map((line) => JSON.parse(line))
}

describe('one trace', () => {
  test('holds a checkout: the request, the calls to Stripe, the commit', async () => {
    const { app, end } = await startTraced()
    expect((await checkOut(app)).status).toBe(201)
    const spans = await end()
    const request = 'POST /v1/checkout-sessions'
    expect(traceWith(spans, request)).toEqual([
      request,
      `${request} > commit`,
      `${request} > stripe checkout_sessions.create`,
      `${request} > stripe prices.list`,
    ])
    expect(spanOf(spans, request)).toMatchObject({
      resource: { 'service.name': 'countinghouse' },
      kind: 'server',
      error: undefined,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/checkout-sessions',
        'http.response.status_code': 201,
      },
    })
    expect(spanOf(spans, 'stripe checkout_sessions.create')).toMatchObject({
      kind: 'client',
      attributes: {},
    })
    expect(spanOf(spans, 'commit').attributes).toEqual({
      'countinghouse.counter': 'billing_checkout_started_total',
      'countinghouse.outcome': 'new',
    })
  })

  test('holds a webhook and its commit; a repeat is another trace', async () => {
    const { app, end } = await startTraced()
    const body = eventBody('payment_intent.succeeded')
    await deliver(app.apiUrl, body)
    await deliver(app.apiUrl, body)
    const spans = await end()
    const commits = spans.filter(({ name }) => name === 'commit')
    expect(commits.map(({ attributes }) => attributes['countinghouse.outcome'])).toEqual([
      'new',
      'duplicate',
    ])
    for (const { traceId } of commits)
      expect(
        traceWith(
          spans.filter((span) => span.traceId === traceId),
          'commit',
        ),
      ).toEqual(['POST /webhooks/stripe', 'POST /webhooks/stripe > commit'])
  })

  test('holds a requested post: the request, the channel call, the commit; the log has its id', async () => {
    const { app, end } = await startTraced()
    const id = await createCampaign(app, '0 0 1 1 *')
    expect((await app.call('POST', `/v1/campaigns/${id}/posts`)).status).toBe(201)
    const spans = await end()
    const request = 'POST /v1/campaigns/:id/posts'
    expect(traceWith(spans, request)).toEqual([
      request,
      `${request} > post`,
      'post > commit',
      'post > send console',
    ])
    const { traceId, spanId } = spanOf(spans, 'post')
    expect(linesWith(app, 'post sent')).toMatchObject([{ traceId, spanId }])
    expect(spanOf(spans, 'send console')).toMatchObject({
      kind: 'client',
      attributes: { 'countinghouse.channel.kind': 'console', 'countinghouse.outcome': 'sent' },
    })
  })

  test('holds a post of the schedule, which begins it', async () => {
    let shiftMs = 0
    const { app, end } = await startTraced({
      dependencies: { now: () => Date.now() + shiftMs },
    })
    await createCampaign(app, '* * * * *')
    shiftMs = 60_000
    await vi.waitFor(() => expect(linesWith(app, 'post sent').length).toBeGreaterThan(0), 10_000)
    const spans = await end()
    const [first] = spans.filter(({ name }) => name === 'post')
    const own = spans.filter(({ traceId }) => traceId === first?.traceId)
    expect(traceWith(own, 'post')).toEqual(['post', 'post > commit', 'post > send console'])
  })

  test('holds a round and its calls to Stripe', async () => {
    const { app, end } = await startTraced()
    await app.syncJobs.runReconcile()
    const spans = await end()
    const round = (name: string) => {
      const { traceId } = spans.find((span) => span.name === name) ?? expect.fail(`no ${name}`)
      return traceWith(
        spans.filter((span) => span.traceId === traceId),
        name,
      )
    }
    expect(round('reconcile')).toEqual([
      'reconcile',
      'reconcile > stripe charges.list',
      'reconcile > stripe checkout_sessions.list',
      'reconcile > stripe refunds.list',
    ])
    expect(round('sweep')).toContain('sweep > stripe events.list')
  })
})

test('a failure is recorded by its code alone, and its log line has the trace', async () => {
  const emulator = await startAppWithStripe()
  const error = { type: 'invalid_request_error', message: 'canary-message of Stripe' }
  const proxy = await startStripeProxy(emulator.emulator.url, (method, path) =>
    method === 'POST' && path === '/v1/checkout/sessions'
      ? { status: 401, body: { error } }
      : undefined,
  )
  const { app, receiver, end } = await startTraced({ environment: { STRIPE_API_BASE: proxy } })
  expect((await checkOut(app)).status).toBe(502)
  const spans = await end()
  for (const name of ['POST /v1/checkout-sessions', 'stripe checkout_sessions.create'])
    expect(spanOf(spans, name)).toMatchObject({
      error: 'stripe_rejected',
      attributes: { 'error.type': 'stripe_rejected' },
    })
  const { traceId } = spanOf(spans, 'stripe checkout_sessions.create')
  expect(linesWith(app, '"failed"')).toMatchObject([{ traceId }])
  expect(receiver.bodies.some(({ body }) => body.includes('canary-message'))).toBe(false)
})

test('an error of the caller is not recorded as a failure of the service', async () => {
  const { app, end } = await startTraced()
  await deliver(app.apiUrl, eventBody('payment_intent.succeeded'), sign('another body'))
  expect(spanOf(await end(), 'POST /webhooks/stripe')).toMatchObject({
    error: undefined,
    attributes: { 'http.response.status_code': 400, 'error.type': 'invalid_signature' },
  })
})

describe("a caller's trace", () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const parentId = 'b7ad6b7169203331'

  test("continues in the service's trace, and is not propagated", async () => {
    const told: string[] = []
    const stripe = await startAppWithStripe()
    const proxy = await startStripeProxy(stripe.emulator.url, (_method, _path, headers) => {
      told.push(...headers.keys())
      return undefined
    })
    const post: typeof fetch = (_, init) => {
      told.push(...new Headers(init?.headers).keys())
      return Promise.resolve(new Response('ok'))
    }
    const { app, end } = await startTraced({
      environment: {
        STRIPE_API_BASE: proxy,
        CHANNEL_CONSOLE: 'console:',
        CHANNEL_TEAM: 'https://hooks.slack.com/services/T1/B1/abc',
      },
      dependencies: { fetch: post },
    })
    const traceparent = `00-${traceId}-${parentId}-01`
    await checkOut(app, { traceparent, tracestate: 'who=canary' })
    const id = await createCampaign(app, '0 0 1 1 *')
    await app.call('PATCH', `/v1/campaigns/${id}`, { channel: 'team' })
    await app.call('POST', `/v1/campaigns/${id}/posts`, undefined, { traceparent })
    const spans = await end()
    expect(spanOf(spans, 'POST /v1/checkout-sessions')).toMatchObject({ traceId, parentId })
    expect(spanOf(spans, 'stripe checkout_sessions.create').traceId).toBe(traceId)
    expect(spanOf(spans, 'send slack').traceId).toBe(traceId)
    expect(told).toContain('authorization')
    expect(told.filter((name) => /trace|baggage|b3/.test(name))).toEqual([])
  })

  test('is not sent when the caller does not', async () => {
    const { app, end } = await startTraced()
    await app.call('GET', '/v1/plans', undefined, { traceparent: `00-${traceId}-${parentId}-00` })
    await app.call('GET', '/v1/totals')
    expect((await end()).map(({ name }) => name).filter((name) => name.startsWith('GET'))).toEqual([
      'GET /v1/totals',
    ])
  })

  test.each([
    ['an invented version', `ff-${traceId}-${parentId}-01`],
    ['no trace', `00-${'0'.repeat(32)}-${parentId}-01`],
    ['no parent', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['more than there may be', `00-${traceId}-${parentId}-01-secret`],
    ['capitals', `00-${traceId.toUpperCase()}-${parentId}-01`],
    ['anything', 'me@example.com'],
  ])('is not believed: %s', async (_, traceparent) => {
    const { app, end } = await startTraced()
    await app.call('GET', '/v1/totals', undefined, { traceparent })
    const { traceId: ours, parentId: above } = spanOf(await end(), 'GET /v1/totals')
    expect({ above, isOurs: ours !== traceId }).toEqual({ above: '', isOurs: true })
  })
})

test('probes make no trace; an unknown path is not recorded', async () => {
  const { app, receiver, end } = await startTraced()
  await app.call('GET', '/healthz')
  await app.call('GET', '/readyz')
  await app.call('GET', '/no/such/canary-page?token=canary')
  const names = (await end()).map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('GET'))).toEqual(['GET'])
  expect(receiver.bodies.some(({ body }) => body.includes('canary'))).toBe(false)
})

test('with sampling, traces of callers are sent as the caller decides', async () => {
  const { app, end } = await startTraced({ environment: { OTEL_TRACES_SAMPLER_ARG: '0.000001' } })
  await app.call('GET', '/v1/totals')
  await app.call('GET', '/v1/plans', undefined, {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  })
  expect(new Set((await end()).map(({ name }) => name))).toEqual(
    new Set(['GET /v1/plans', 'stripe prices.list']),
  )
})

/** Enough for a batch to be sent at once. */
async function manyWebhooks(app: TestApp) {
  for (let round = 0; round < 6; round += 1)
    await Promise.all(
      Array.from({ length: 50 }, () => deliver(app.apiUrl, eventBody('payment_intent.succeeded'))),
    )
}

function told(app: TestApp) {
  return linesWith(app, 'the traces ').map(({ msg }) => msg)
}

test('a receiver of metrics only gets one request for traces, and one log line', async () => {
  const { app, receiver } = await startTraced()
  receiver.answer(404, '/v1/traces')
  await manyWebhooks(app)
  await vi.waitFor(() => expect(told(app)).toHaveLength(1))
  await manyWebhooks(app)
  await app.stop()
  expect(linesWith(app, 'the traces ')).toMatchObject([
    { reason: 'the receiver takes no traces (404)', msg: 'the traces cannot be sent' },
  ])
  expect(receiver.bodies.filter(({ path }) => path === '/v1/traces')).toHaveLength(1)
  expect(receiver.points.length).toBeGreaterThan(0)
  expect(linesWith(app, 'OpenTelemetry:')).toEqual([])
})

test('an unreachable receiver is logged once, and again when it is back', async () => {
  const { app, receiver } = await startTraced()
  receiver.answer(400, '/v1/traces')
  await manyWebhooks(app)
  await manyWebhooks(app)
  await vi.waitFor(() => expect(told(app)).toEqual(['the traces cannot be sent']))
  receiver.answer(200, '/v1/traces')
  await manyWebhooks(app)
  await app.stop()
  expect(told(app)).toEqual(['the traces cannot be sent', 'the traces are sent again'])
  expect(linesWith(app, 'OpenTelemetry:')).toEqual([])
})

test.each([
  ['no endpoint', () => ({})],
  [
    'an endpoint for metrics alone',
    (url: string) => ({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/v1/metrics` }),
  ],
  [
    'a share of nothing',
    (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER_ARG: '0' }),
  ],
])('with %s nothing is traced, and the log has no ids', async (_, environmentFor) => {
  const receiver = await startOtlpReceiver()
  const app = await startAppWithStripe({ environment: environmentFor(receiver.url) })
  const id = await createCampaign(app, '0 0 1 1 *')
  await app.call('POST', `/v1/campaigns/${id}/posts`)
  await app.stop()
  expect(linesWith(app, 'post sent')).toHaveLength(1)
  expect(linesWith(app, 'traceId')).toEqual([])
  expect(receiver.bodies.filter(({ path }) => path !== '/v1/metrics')).toEqual([])
})
