import type { Traces } from '../../../instrumentation/traces/traces.ts'
import type { StripeGateway } from './gateway.ts'

/** The same gateway with a span for each call: only the name of the operation, no parameters. */
export function traceGateway(gateway: StripeGateway, traces: Traces): StripeGateway {
  if (!traces.isOn) return gateway
  const call = <T>(operation: string, work: () => Promise<T>): Promise<T> =>
    traces.span({ name: `stripe ${operation}`, kind: 'client' }, work)
  return {
    retrieveAccount: () => call('accounts.retrieve', () => gateway.retrieveAccount()),
    findPrices: (lookupKeys) => call('prices.list', () => gateway.findPrices(lookupKeys)),
    retrievePrice: (priceId) => call('prices.retrieve', () => gateway.retrievePrice(priceId)),
    createCheckout: (parameters, idempotencyKey) =>
      call('checkout_sessions.create', () => gateway.createCheckout(parameters, idempotencyKey)),
    listWebhookEndpoints: () =>
      call('webhook_endpoints.list', () => gateway.listWebhookEndpoints()),
    listEvents: (types, query) => call('events.list', () => gateway.listEvents(types, query)),
    listObjects: (list, query) => call(`${list}.list`, () => gateway.listObjects(list, query)),
    retrieveEvent: (id) => call('events.retrieve', () => gateway.retrieveEvent(id)),
    retrieveCharge: (id) => call('charges.retrieve', () => gateway.retrieveCharge(id)),
    listRefundsOfCharge: (chargeId) =>
      call('refunds.list', () => gateway.listRefundsOfCharge(chargeId)),
    retrieveObject: (kind, id) => call(`${kind}.retrieve`, () => gateway.retrieveObject(kind, id)),
  }
}
