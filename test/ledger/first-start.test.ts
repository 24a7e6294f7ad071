import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { backfill } from '../../src/commands/backfill.ts'
import { doctor } from '../../src/commands/doctor.ts'
import { verify } from '../../src/commands/verify.ts'
import { type FakeStripeApi, startFakeStripeApi } from '../support/fake-stripe-api.ts'
import { environmentFor } from '../support/listed-shop.ts'
import { runCommand } from '../support/run-command.ts'
import { startTestApp, type TestApp } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody, sign } from '../support/webhooks.ts'

const dayMs = 86_400_000
const away = 'http://127.0.0.1:9'
function pause(): Promise<void> {
  return Promise.resolve()
}

/** A service that may be started again and again on one ledger, with another clock and another Stripe. */
function openPlace() {
  const folder = temporaryFolder()
  const start = async (apiBase: string, aheadMs = 0): Promise<TestApp> => {
    const { DATABASE_URL: _, ...environment } = environmentFor(withUrl(apiBase), '')
    const now = () => Date.now() + aheadMs
    return startTestApp({ folder, environment, dependencies: { now, pause } })
  }
  const environment = environmentFor(withUrl(away), join(folder, 'ledger.db'))
  return { start, environment }
}

function withUrl(url: string): Pick<FakeStripeApi, 'url'> {
  return { url }
}

async function openStripe(): Promise<string> {
  const stripe = await startFakeStripeApi()
  return stripe.url
}

const totalsSchema = z.object({ genesis: z.iso.datetime().nullable() })

async function genesisOf(app: TestApp): Promise<number | null> {
  const { genesis } = totalsSchema.parse(await (await app.call('GET', '/v1/totals')).json())
  return genesis === null ? null : Date.parse(genesis)
}

async function pay(app: TestApp, name: string): Promise<unknown> {
  const body = eventBody('payment_intent.succeeded', {
    id: `evt_${name}`,
    object: { id: `pi_${name}` },
  })
  const answer = await deliver(app.apiUrl, body, sign(body))
  return answer.json()
}

test.each([
  ['a day ahead', dayMs],
  ['four minutes ahead', 240_000],
  ['a day behind', -dayMs],
])('a first start with a clock %s and Stripe away loses no payment', async (_, aheadMs) => {
  const place = openPlace()
  const first = await place.start(away, aheadMs)
  expect(await genesisOf(first)).toBeNull()
  await first.stop()
  const app = await place.start(await openStripe())
  for (const name of ['a', 'b', 'c', 'd'])
    expect(await pay(app, name)).toEqual({ outcome: 'recorded' })
  expect(await genesisOf(app)).toBeLessThanOrEqual(Date.now())
})

test('while Stripe is unavailable the first webhook sets the start of counting', async () => {
  const app = await openPlace().start(away)
  expect(await genesisOf(app)).toBeNull()
  expect(await pay(app, 'first')).toEqual({ outcome: 'recorded' })
  const genesis = (await genesisOf(app)) ?? 0
  expect(Date.now() - genesis).toBeLessThan(60_000)
  expect(Math.max(...(await app.counters()).values())).toBe(1)
})

test('an unsigned webhook sets nothing', async () => {
  const app = await openPlace().start(away)
  const body = eventBody('payment_intent.succeeded')
  expect((await deliver(app.apiUrl, body, sign(body, { secret: 'whsec_other' }))).status).toBe(400)
  expect(await genesisOf(app)).toBeNull()
})

test("with a clock that is wrong a signature's age is decided by Stripe's", async () => {
  const place = openPlace()
  const alone = await place.start(away, 600_000)
  const body = eventBody('payment_intent.succeeded')
  expect((await deliver(alone.apiUrl, body, sign(body))).status).toBe(400)
  await alone.stop()
  const app = await place.start(await openStripe(), 600_000)
  expect(await pay(app, 'now')).toEqual({ outcome: 'recorded' })
  expect(app.logLines.join('')).toContain('differ by more than a minute')
  const old = sign(body, { timestamp: Math.floor(Date.now() / 1000) - 301 })
  expect((await deliver(app.apiUrl, body, old)).status).toBe(400)
})

test('commands report that nothing is counted yet, and backfill still sets the genesis', async () => {
  const place = openPlace()
  await (await place.start(away)).stop()
  const environment = { ...place.environment, STRIPE_API_BASE: await openStripe() }
  await expect(runCommand(verify, environment)).rejects.toMatchObject({ code: 'not_ready' })
  expect((await runCommand(doctor, environment)).text).toMatch(
    /BAD +last event +Stripe's clock has not been observed/,
  )
  const filled = await runCommand(backfill, environment, ['--since', '2026-01-31'])
  expect(filled.text).toContain('from not known until Stripe responds to 2026-01-31')
  const app = await place.start(environment.STRIPE_API_BASE)
  expect(await genesisOf(app)).toBe(Date.parse('2026-01-31'))
})
