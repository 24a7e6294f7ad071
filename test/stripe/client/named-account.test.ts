import { expect, test, vi } from 'vitest'
import { doctor } from '../../../src/commands/doctor.ts'
import { permissionRefusal } from '../../support/fake-stripe-api.ts'
import { runCommand } from '../../support/run-command.ts'
import { startTestApp } from '../../support/start-test-app.ts'
import { startWithFakeStripe } from '../../support/start-with-fake-stripe.ts'
import { eventOf, intentOf } from '../../support/stripe-objects.ts'
import { deliver } from '../../support/webhooks.ts'

const patience = { timeout: 20_000 }

function succeeded(context: string): string {
  return JSON.stringify(eventOf('payment_intent.succeeded', intentOf(), { context }))
}

/** The service in front of a fake Stripe whose account, `acct_1own`, the key may not read. */
async function startUnread(environment: Readonly<Record<string, string>>) {
  const shop = await startWithFakeStripe()
  await shop.app.stop()
  shop.stripe.answer = (call) => (call === 'GET /v1/account' ? permissionRefusal : undefined)
  shop.stripe.calls.length = 0
  const app = await startTestApp({ environment: { ...shop.app.environment, ...environment } })
  const outcomeOf = async (context: string): Promise<unknown> =>
    (await deliver(app.apiUrl, succeeded(context))).json()
  const contextsOf = (key: string) =>
    new Set(shop.stripe.contexts.filter((call) => call.key === key).map(({ context }) => context))
  return { ...shop, app, outcomeOf, contextsOf }
}

test('STRIPE_ACCOUNT determines which events are ours if the key may not read its account', async () => {
  const { app, stripe, outcomeOf, contextsOf } = await startUnread({ STRIPE_ACCOUNT: 'acct_1own' })
  expect(await outcomeOf('acct_1own')).toEqual({ outcome: 'recorded' })
  expect(await outcomeOf('acct_2sister')).toEqual({ outcome: 'not_counted' })
  await vi.waitFor(() => expect(stripe.calls).toContain('GET /v1/refunds'), patience)
  expect(contextsOf('sk_test_none')).toEqual(new Set([null]))
  const environment = { ...app.environment, DATABASE_URL: `sqlite:${app.folder}/ledger.db` }
  const { text } = await runCommand(doctor, environment)
  expect(text).toMatch(/^ok +account +acct_1own$/m)
  expect(text).toMatch(/^ok +ledger .* test payments of acct_1own$/m)
  expect(text).not.toContain('Account: Read')
})

test("an organisation's key names the account in every call", async () => {
  const named = { STRIPE_SECRET_KEY: 'sk_org_test_1', STRIPE_ACCOUNT: 'acct_1own' }
  const { app, stripe, contextsOf } = await startUnread(named)
  await vi.waitFor(() => {
    for (const path of ['/v1/account', '/v1/events', '/v1/refunds', '/v1/checkout/sessions'])
      expect(stripe.calls).toContain(`GET ${path}`)
  }, patience)
  await app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
  expect(stripe.calls).toContain('GET /v1/prices')
  expect(contextsOf('sk_org_test_1')).toEqual(new Set(['acct_1own']))
})

test('a key of another account than STRIPE_ACCOUNT does not start, and the doctor says why', async () => {
  const { app } = await startWithFakeStripe()
  const environment = { ...app.environment, STRIPE_ACCOUNT: 'acct_2other' }
  await expect(startTestApp({ environment })).rejects.toThrow(
    'STRIPE_ACCOUNT names acct_2other, the key in STRIPE_SECRET_KEY is of acct_1own',
  )
  const { text } = await runCommand(doctor, environment)
  expect(text).toMatch(/^BAD +account +STRIPE_ACCOUNT names acct_2other/m)
})
