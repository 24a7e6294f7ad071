import { paymentKey } from '../../ledger/fact-key.ts'
import { eventSchema } from '../../stripe/facts/event.ts'
import { eventReaderFor, eventTypes } from '../../stripe/facts/registry.ts'
import { type Check, type DoctorContext, unwell, well } from './check.ts'
import { readLateRefusals } from './refusals.ts'

/** Recent events may still be in transit. */
const patienceMs = 10 * 60_000

/** Checks that Stripe's recent events are in the ledger, and by which source they arrived. */
export const arrivals: Check = {
  name: 'arrivals',
  asksStripe: true,
  look: async (context) => {
    const { ledger } = context
    if (ledger === undefined) return []
    const { genesis } = ledger.row
    if (genesis === null) return [unwell('last event', explainNoGenesis)]
    const keys = await readRecentKeys(context, ledger.row, genesis)
    const last = keys.at(0)
    if (last === undefined)
      return [well('last event', 'Stripe has sent nothing that counts since the ledger began')]
    const known = new Map<string, string>()
    const rows = await ledger.queries
      .selectFrom('facts')
      .select(['key', 'source'])
      .where(
        'key',
        'in',
        keys.flatMap(({ key, otherKey }) => [key, otherKey]),
      )
      .execute()
    for (const { key, source } of rows) known.set(key, source)
    const late = keys.filter(
      ({ key, otherKey, createdAt }) =>
        !known.has(key) && !known.has(otherKey) && context.now() - createdAt > patienceMs,
    )
    const text = `${last.type} at ${new Date(last.createdAt).toISOString()}`
    if (late.length > 0)
      return [
        unwell(
          'last event',
          `${text}; ${late.length} of the last ${keys.length} are not in the ledger: is the service running, and does its log speak of the sweep?`,
        ),
      ]
    const byWebhook = [...known.values()].filter((source) => source === 'webhook').length
    if (known.size > 0 && byWebhook === 0 && keys.some(({ isCheckout }) => !isCheckout)) {
      if ((await readLateRefusals(context)).length > 0)
        return [well('last event', `${text}; the sweep found them while webhooks are refused`)]
      return [
        unwell(
          'last event',
          `${text}; none of the last ${keys.length} came by webhook, the sweep found them: check the endpoint's url and STRIPE_WEBHOOK_SECRET`,
        ),
      ]
    }
    return [well('last event', `${text}; ${byWebhook} of the last ${keys.length} came by webhook`)]
  },
}

const explainNoGenesis =
  "Stripe's clock has not been observed since the ledger's first start, so nothing is counted yet: start the service and check that it reaches Stripe, or Stripe it"

interface RecentKey {
  readonly key: string
  /** A failed attempt is counted by its charge or by its event. */
  readonly otherKey: string
  readonly type: string
  /** Milliseconds. */
  readonly createdAt: number
  /** A checkout is recorded when it starts, before any webhook. */
  readonly isCheckout: boolean
}

/** The facts of Stripe's newest events, newest first. */
async function readRecentKeys(
  { gateway, config }: DoctorContext,
  { ledger_id: ledgerId }: NonNullable<DoctorContext['ledger']>['row'],
  genesis: number,
): Promise<readonly RecentKey[]> {
  const plans = new Set(config.plans.map(({ plan }) => plan))
  const { objects } = await gateway.listEvents(eventTypes, {
    createdFromSeconds: Math.floor(genesis / 1000),
    startingAfter: undefined,
  })
  return objects.flatMap((object) => {
    const { data: event } = eventSchema.safeParse(object)
    if (event === undefined) return []
    const reader = eventReaderFor(event.type)
    // Whether a refund counts is only known from its charge.
    if (reader === undefined || reader.chargeQuestion !== undefined) return []
    const fact = reader.read(event, {
      ledgerId,
      source: 'sweep',
      hasPlan: (plan) => plans.has(plan),
    })
    if (fact === undefined || (fact.proof.objectCreatedAt ?? 0) < genesis) return []
    return [
      {
        key: fact.proof.key,
        otherKey: paymentKey('failed', event.id),
        type: event.type,
        createdAt: event.created * 1000,
        isCheckout: fact.counter === 'billing_checkout_started_total',
      },
    ]
  })
}
