import { describe, expect, test, vi } from 'vitest'
import { doctor } from '../../../src/commands/doctor.ts'
import { engines } from '../../support/open-test-ledger.ts'
import { runCommand } from '../../support/run-command.ts'
import { openShop, type Shop } from '../../support/shop-with-clock.ts'
import { startTestApp, webhookSecret } from '../../support/start-test-app.ts'
import { deliver, eventBody, sign } from '../../support/webhooks.ts'

const minuteMs = 60_000

function startApp() {
  return startTestApp({
    environment: {
      STRIPE_SECRET_KEY: 'sk_test_none',
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_API_BASE: 'http://127.0.0.1:9',
    },
  })
}

/** The outcomes that were counted at all, with their numbers. */
async function outcomesOf({ metricsUrl }: { metricsUrl: string }) {
  const page = await (await fetch(metricsUrl)).text()
  const series = page.matchAll(/^countinghouse_webhooks_total\{outcome="(\w+)"\} (\d+)/gm)
  const counted = [...series].map(([, outcome, value]) => [outcome, Number(value)] as const)
  expect(counted).toHaveLength(14)
  return Object.fromEntries(counted.filter(([, value]) => value > 0))
}

function refusalsIn(logLines: readonly string[]): readonly unknown[] {
  return logLines
    .filter((line) => line.includes('webhooks are refused'))
    .map((line): unknown => JSON.parse(line))
}

test('every webhook is counted by what became of it', async () => {
  const app = await startApp()
  const success = eventBody('payment_intent.succeeded')
  await deliver(app.apiUrl, success)
  await deliver(app.apiUrl, success)
  await deliver(app.apiUrl, eventBody('charge.succeeded'))
  await deliver(app.apiUrl, '{"hello":1}')
  await deliver(app.apiUrl, 'hello')
  await fetch(`${app.apiUrl}/webhooks/stripe`, { method: 'POST', body: success })
  await deliver(app.apiUrl, success, 'v1=1')
  await deliver(app.apiUrl, success, sign(success, { timestamp: 1_500_000_000 }))
  await deliver(app.apiUrl, success, sign(success, { secret: 'whsec_other' }))
  await deliver(app.apiUrl, 'x'.repeat(1024 * 1024 + 1))
  expect(await outcomesOf(app)).toEqual({
    recorded: 1,
    duplicate: 1,
    not_counted: 1,
    dead_letter: 1,
    not_json: 1,
    signature_missing: 1,
    signature_malformed: 1,
    signature_time: 1,
    wrong_secret: 1,
    too_large: 1,
  })
})

function spread(body: string): string {
  return JSON.stringify(JSON.parse(body), null, 2)
}

test.each([
  ['formatted anew', (body: string) => body, spread],
  ['formatted without spaces', spread, (body: string) => JSON.stringify(JSON.parse(body))],
  ['with other line ends', spread, (body: string) => spread(body).replaceAll('\n', '\r\n')],
  ['with a line end more', (body: string) => body, (body: string) => `${body}\n`],
  ['with a byte order mark', (body: string) => body, (body: string) => `\uFEFF${body}`],
  ['cut short', (body: string) => body, (body: string) => body.slice(0, -20)],
])('a body that arrived %s is distinguished from a wrong secret', async (_, asSigned, asSent) => {
  const app = await startApp()
  const body = eventBody('payment_intent.succeeded')
  const answer = await deliver(app.apiUrl, asSent(body), sign(asSigned(body)))
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('raw body') })
  expect(await outcomesOf(app)).toEqual({ body_changed: 1 })
})

/** Delivers webhooks whose secret is not ours, at the shop's time. */
async function deliverForeign({ app, now }: Shop, count: number): Promise<void> {
  const timestamp = Math.floor(now() / 1000)
  const body = eventBody('payment_intent.succeeded')
  const signature = sign(body, { secret: 'whsec_other', timestamp })
  for (let index = 0; index < count; index += 1)
    expect((await deliver(app.apiUrl, body, signature)).status).toBe(400)
}

describe.each(engines)('refused webhooks on %s', (engine) => {
  test('are logged once a minute, and the doctor says what to do', async () => {
    const shop = await openShop({ engine })
    const { app, clock } = shop
    const examine = async () => (await runCommand(doctor, app.environment, [], shop.now)).text
    expect(await examine()).toMatch(/^ok {3}refused +no webhook was refused$/m)

    await deliverForeign(shop, 24)
    const [line, second] = refusalsIn(app.logLines)
    expect(line).toMatchObject({
      reason: 'wrong_secret',
      count: 1,
      msg: expect.stringContaining('copy the signing secret of the endpoint'),
    })
    expect(second).toBeUndefined()
    await vi.waitFor(
      async () =>
        expect(await examine()).toMatch(
          /^BAD {2}refused +24 webhooks were refused \(wrong_secret\), the last at .+: no secret in STRIPE_WEBHOOK_SECRET made/m,
        ),
      { timeout: 20_000, interval: 200 },
    )

    clock.nowMs += 2 * minuteMs
    await deliverForeign(shop, 1)
    expect(refusalsIn(app.logLines)).toMatchObject([{ count: 1 }, { count: 24 }])
  })
})

test('refused webhooks are no longer BAD an hour later, once others are accepted', async () => {
  const shop = await openShop()
  const { app, clock } = shop
  const examine = async () => (await runCommand(doctor, app.environment, [], shop.now)).text
  await deliverForeign(shop, 1)
  await vi.waitFor(async () => expect(await examine()).toMatch(/^BAD {2}refused/m))
  clock.nowMs += 90 * minuteMs
  expect(await examine()).toMatch(/^BAD {2}refused/m)
  const body = eventBody('charge.succeeded')
  const timestamp = Math.floor(shop.now() / 1000)
  const secret = app.emulator.webhookSecret
  expect((await deliver(app.apiUrl, body, sign(body, { timestamp, secret }))).status).toBe(200)
  await vi.waitFor(
    async () => expect(await examine()).toMatch(/^ok {3}refused +none lately; the last at/m),
    { timeout: 20_000, interval: 200 },
  )
})
