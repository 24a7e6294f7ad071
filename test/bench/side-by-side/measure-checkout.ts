import Stripe from 'stripe'
import type { BenchContext, Measurement } from './bench-context.ts'
import { isPeerName } from './peers.ts'
import { quantile } from './quantile.ts'
import { startPeer, startProgram } from './start-peer.ts'

const callsOfRound = 200
const warmUpCalls = 50

type CreateCheckout = () => Promise<void>

/** One Checkout Session after the other: by Stripe's client alone, by Hono around it, and by the service. */
export const checkout: Measurement = {
  name: 'checkout',
  tables: ['checkout'],
  subjects: () => [
    'stripe-call',
    'hono-checkout',
    'countinghouse-sqlite',
    'countinghouse-postgres',
  ],
  open: async (context, stack) => {
    const creators = new Map<string, CreateCheckout>()
    return async (subject) => {
      const create = creators.get(subject) ?? (await openCreator(stack, context, subject))
      creators.set(subject, create)
      for (let count = 0; count < warmUpCalls; count += 1) await create()
      const times: number[] = []
      for (let count = 0; count < callsOfRound; count += 1) {
        const startedAt = performance.now()
        await create()
        times.push(performance.now() - startedAt)
      }
      const figures = { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) }
      return [{ table: 'checkout', figures }]
    }
  },
}

async function openCreator(
  stack: AsyncDisposableStack,
  context: BenchContext,
  subject: string,
): Promise<CreateCheckout> {
  if (subject === 'stripe-call') return openStripeCall(context)
  const { apiUrl } = isPeerName(subject)
    ? await startPeer(stack, context, subject)
    : await startProgram(stack, `${subject}.ts`, context, { STRIPE_API_BASE: context.stripeUrl })
  return async () => {
    const answer = await fetch(`${apiUrl}/v1/checkout-sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"plan":"professional"}',
    })
    const text = await answer.text()
    if (answer.status !== 201) throw new Error(`${subject} answered ${answer.status}: ${text}`)
  }
}

function openStripeCall({ stripeUrl }: BenchContext): CreateCheckout {
  const { hostname, port } = new URL(stripeUrl)
  const stripe = new Stripe('sk_test_none', { host: hostname, port, protocol: 'http' })
  return async () => {
    await stripe.checkout.sessions.create({
      line_items: [{ price: 'price_professional', quantity: 1 }],
      mode: 'subscription',
      success_url: 'https://shop.example/success',
      cancel_url: 'https://shop.example/cancel',
    })
  }
}
