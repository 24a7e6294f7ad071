// Sells a plan and waits until its payment is counted, with a client generated from the service's own description:
//
//   npm install && npm run generate && npm run build && npm start
//
// COUNTINGHOUSE_URL and COUNTINGHOUSE_API_KEY name another service than the one at http://127.0.0.1:3000.
import createClient from 'openapi-fetch'
import type { paths } from './schema.js'

declare const process: { env: Record<string, string | undefined> }

const baseUrl = process.env.COUNTINGHOUSE_URL ?? 'http://127.0.0.1:3000'
const apiKey = process.env.COUNTINGHOUSE_API_KEY ?? 'any key, on loopback without API_KEYS'
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${apiKey}` } })

const before = await countPayments()
const { data: session, error } = await client.POST('/v1/checkout-sessions', {
  params: { header: { 'idempotency-key': crypto.randomUUID() } },
  body: { plan: 'professional' },
})
if (error !== undefined) throw new Error(`${error.title}: ${error.detail}`)
console.log(`pay at ${session.url}`)

while ((await countPayments()) === before) await new Promise((resolve) => setTimeout(resolve, 500))
console.log('the payment is counted')

async function countPayments(): Promise<number> {
  const { data, error } = await client.GET('/v1/totals')
  if (error !== undefined) throw new Error(`${error.title}: ${error.detail}`)
  const series = data.data.find(
    ({ counter, label }) => counter === 'billing_payments_total' && label === 'success',
  )
  return series?.committed ?? 0
}
