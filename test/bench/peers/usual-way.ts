import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Counter, collectDefaultMetrics, register } from 'prom-client'
import Stripe from 'stripe'
import { reportPort } from './report-port.ts'

/** A payment as it is stored, once, with the event that reported it. */
export interface Payment {
  readonly eventId: string
  readonly intentId: string
  readonly status: string
  readonly amountMinor: number
  readonly currency: string
}

/**
 * What most services do: Stripe's check, one transaction for each event, in which the event's id keeps repeats out,
 * and a counter of prom-client in memory, with prom-client's default metrics at `/metrics`. The counter begins at 0
 * with each start and can be wrong by what a crash loses.
 */
export function serveUsualWay(recordOnce: (payment: Payment) => boolean | Promise<boolean>): void {
  const secret = process.env.STRIPE_WEBHOOK_SECRET ?? ''
  const app = new Hono()
  const payments = new Counter({
    name: 'payments_total',
    help: 'Payments by status',
    labelNames: ['status'],
  })
  collectDefaultMetrics()

  app.post('/webhooks/stripe', async (context) => {
    const body = await context.req.text()
    let event: Stripe.Event
    try {
      event = Stripe.webhooks.constructEvent(
        body,
        context.req.header('stripe-signature') ?? '',
        secret,
      )
    } catch {
      return context.text('Webhook signature verification failed.', 400)
    }
    if (event.type !== 'payment_intent.succeeded') return context.json({ outcome: 'ignored' })
    const { id, status, amount, currency } = event.data.object
    const payment = { eventId: event.id, intentId: id, status, amountMinor: amount, currency }
    if (!(await recordOnce(payment))) return context.json({ outcome: 'duplicate' })
    payments.inc({ status })
    return context.json({ outcome: 'recorded' })
  })

  app.get('/metrics', async (context) =>
    context.body(await register.metrics(), 200, { 'content-type': register.contentType }),
  )

  serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, reportPort)
}
