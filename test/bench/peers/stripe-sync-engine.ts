import { createRequire } from 'node:module'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { reportPort } from './report-port.ts'

/**
 * Supabase's engine behind Hono, set up as its README shows: it checks the event and stores its object. The package's
 * build as an ES module cannot migrate (`__dirname is not defined`), so the other one is taken.
 */
const { runMigrations, StripeSync }: typeof import('@supabase/stripe-sync-engine') = createRequire(
  import.meta.url,
)('@supabase/stripe-sync-engine')
const databaseUrl = process.env.DATABASE_URL ?? ''
await runMigrations({ databaseUrl, schema: 'stripe' })
const sync = new StripeSync({
  poolConfig: { connectionString: databaseUrl, max: 10 },
  stripeSecretKey: 'sk_test_none',
  stripeWebhookSecret: process.env.STRIPE_WEBHOOK_SECRET ?? '',
})
const app = new Hono()

app.post('/webhooks/stripe', async (context) => {
  const body = await context.req.text()
  await sync.processWebhook(body, context.req.header('stripe-signature'))
  return context.json({ outcome: 'recorded' })
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, reportPort)
