import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import Stripe from 'stripe'
import { reportPort } from './report-port.ts'

/** Hono that creates a Checkout Session as Stripe's quickstart does (https://docs.stripe.com/checkout/quickstart). */
const { hostname, port } = new URL(process.env.STRIPE_API_BASE ?? '')
const stripe = new Stripe('sk_test_none', { host: hostname, port, protocol: 'http' })
const app = new Hono()

app.post('/v1/checkout-sessions', async (context) => {
  const session = await stripe.checkout.sessions.create({
    line_items: [{ price: 'price_professional', quantity: 1 }],
    mode: 'subscription',
    success_url: 'https://shop.example/success',
    cancel_url: 'https://shop.example/cancel',
  })
  return context.json({ id: session.id, url: session.url }, 201)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, reportPort)
