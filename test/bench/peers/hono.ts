import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { reportPort } from './report-port.ts'

/** Hono as its documentation shows it: reads the body and answers. Nothing is checked and nothing is kept. */
const app = new Hono()

app.post('/webhooks/stripe', async (context) => {
  await context.req.text()
  return context.json({ outcome: 'recorded' })
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, reportPort)
