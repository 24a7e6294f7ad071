import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { pino } from 'pino'
import { startApp } from '../../src/app/app.ts'
import { resolveConfig } from '../../src/config/config.ts'
import { type Variant, variants, verify } from './variants.ts'

/** One variant of the service in its own process. Prints its port; ends on SIGTERM. */
const [variant, folder = '', secret = ''] = process.argv.slice(2)

async function startVariant(): Promise<number> {
  if (variant === 'bare-hono') return startBareHono()
  const options: Variant | undefined = variants[variant ?? '']
  if (options === undefined) throw new Error(`unknown variant ${variant}`)
  const app = await startApp(
    resolveConfig({
      PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      DATABASE_URL: `sqlite:${folder}/ledger.db`,
      STRIPE_SECRET_KEY: 'sk_test_bench',
      STRIPE_WEBHOOK_SECRET: secret,
      STRIPE_API_BASE: 'http://127.0.0.1:1',
    }),
    {
      log: pino({ level: 'silent' }),
      now: Date.now,
      fetch: globalThis.fetch,
      print: () => undefined,
      onFatal: (error) => {
        throw error
      },
      ...options,
    },
  )
  return Number(new URL(app.apiUrl).port)
}

/** What the framework and the signature cost alone. */
function startBareHono(): Promise<number> {
  const bare = new Hono()
  bare.post('/webhooks/stripe', async (context) => {
    const rawBody = await context.req.text()
    verify(rawBody, context.req.header('stripe-signature'), secret)
    return context.body('{"outcome":"recorded"}', 200, { 'content-type': 'application/json' })
  })
  const server = createAdaptorServer({ fetch: bare.fetch })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

process.on('SIGTERM', () => process.exit(0))
process.stdout.write(`${JSON.stringify({ port: await startVariant() })}\n`)
