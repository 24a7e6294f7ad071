import { createStripeClient } from '../../../../src/stripe/client/client.ts'
import type { ExportedFact } from './export-month.ts'
import type { Month } from './sources.ts'

/** Holds the exported amounts against the charges and refunds that Stripe lists. */
export async function compareMoney(
  { bed }: Month,
  facts: readonly ExportedFact[],
): Promise<readonly string[]> {
  const { secretKey, url } = bed.stripe
  const stripe = createStripeClient({ secretKey, apiBase: url })
  const atStripe = new Map<string, number>()
  for await (const charge of stripe.charges.list({ limit: 100 }))
    if (charge.paid && charge.captured)
      add(atStripe, `success ${charge.currency}`, charge.amount_captured)
  for await (const refund of stripe.refunds.list({ limit: 100 }))
    if (refund.status === 'succeeded') add(atStripe, `refunded ${refund.currency}`, refund.amount)
  const exported = new Map<string, number>()
  for (const { counter, label, currency, amount_minor: amount } of facts)
    if (counter === 'billing_payments_total' && label !== 'failed')
      add(exported, `${label} ${currency}`, amount)
  return [...new Set([...atStripe.keys(), ...exported.keys()])].flatMap((name) =>
    atStripe.get(name) === exported.get(name)
      ? []
      : [`${name}: ${exported.get(name)} minor units exported, ${atStripe.get(name)} at Stripe`],
  )
}

function add(sums: Map<string, number>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0) + amount)
}
