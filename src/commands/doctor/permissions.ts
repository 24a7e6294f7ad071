import type { StripeGateway } from '../../stripe/client/gateway.ts'
import {
  isKeyRefused,
  isUnavailable,
  lackingPermission,
  lacksPermission,
} from '../../stripe/client/stripe-error.ts'
import { eventTypes } from '../../stripe/facts/registry.ts'
import { type Check, unwell, well } from './check.ts'

interface Need {
  /** The permission of a restricted key, as named in Stripe's dashboard. */
  readonly name: string
  /** Makes a call that changes nothing; its response is ignored. */
  readonly ask: (gateway: StripeGateway, query: Query) => Promise<unknown>
}

type Query = Parameters<StripeGateway['listObjects']>[1]

const needs: readonly Need[] = [
  { name: 'Account: Read', ask: (gateway) => gateway.retrieveAccount() },
  { name: 'Events: Read', ask: (gateway, query) => gateway.listEvents(eventTypes, query) },
  {
    name: 'Charges and Refunds: Read',
    ask: async (gateway, query) => {
      await gateway.listObjects('charges', query)
      await gateway.listObjects('refunds', query)
    },
  },
  {
    name: 'PaymentIntents: Read',
    ask: (gateway) => gateway.retrieveObject('payment_intents', 'pi_countinghouse_doctor'),
  },
  {
    name: 'Checkout Sessions: Read',
    ask: (gateway, query) => gateway.listObjects('checkout_sessions', query),
  },
  {
    name: 'Checkout Sessions: Write',
    // Rejected for missing parameters, if not for the permission: no session is created.
    ask: (gateway) => gateway.createCheckout({ mode: 'payment' }, undefined),
  },
  { name: 'Prices: Read', ask: (gateway) => gateway.findPrices(['countinghouse_doctor']) },
  {
    // Without it an archived product is only noticed when Stripe rejects the Checkout Session.
    name: 'Products: Read',
    ask: (gateway) => gateway.retrieveObject('products', 'prod_countinghouse_doctor'),
  },
  {
    // Without it a refund that may come from a partial capture becomes a dead letter.
    name: 'Balance: Read',
    ask: (gateway) => gateway.retrieveObject('balance_transactions', 'txn_countinghouse_doctor'),
  },
  { name: 'Webhook Endpoints: Read', ask: (gateway) => gateway.listWebhookEndpoints() },
]

/** The permissions of a restricted key for the service, as named in Stripe's dashboard. */
export const permissionNames: readonly string[] = needs.map(({ name }) => name)

/** Checks that the key may make each of our calls. */
export const permissions: Check = {
  name: 'permissions',
  asksStripe: true,
  look: async ({ gateway, now }) => {
    const query = { createdFromSeconds: Math.floor(now() / 1000), startingAfter: undefined }
    const lacking: string[] = []
    for (const { name, ask } of needs)
      await ask(gateway, query).catch((failure: unknown) => {
        if (lacksPermission(failure)) lacking.push(describe(name, lackingPermission(failure)))
        else if (isUnavailable(failure) || isKeyRefused(failure)) throw failure
      })
    return lacking.length === 0
      ? [well('permissions', `all ${needs.length} that are needed`)]
      : lacking.map((name) =>
          unwell('permissions', `the key lacks ${name}: give it at dashboard.stripe.com/apikeys`),
        )
  },
}

function describe(name: string, atStripe: string | undefined): string {
  return atStripe === undefined ? `"${name}"` : `"${name}" (${atStripe})`
}
