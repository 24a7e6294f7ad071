import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import Stripe from 'stripe'
import { reportPort } from './report-port.ts'

/** Hono with Stripe's own check (https://hono.dev/examples/stripe-webhook). Nothing is kept. */
const secret = process.env.STRIPE_WEBHOOK_SECRET ?? ''
const app = new Hono()

app.post('/webhooks/stripe', async (context) => {
  const body = await context.req.text()
  try {
    Stripe.webhooks.constructEvent(body, context.req.header('stripe-signature') ?? '', secret)
  } catch {
    return context.text('Webhook signature verification failed.', 400)
  }
  return context.json({ outcome: 'recorded' })
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, reportPort)
