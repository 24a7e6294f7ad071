// The same as examples/typescript/checkout.ts, with a client that @hey-api/openapi-ts generated.
import { client } from './generated/client.gen.js'
import { createCheckoutSession, readTotals } from './generated/index.js'

declare const process: { env: Record<string, string | undefined> }

client.setConfig({
  baseUrl: process.env.COUNTINGHOUSE_URL,
  auth: process.env.COUNTINGHOUSE_API_KEY,
})

const before = await countPayments()
const { data: session, error } = await createCheckoutSession({ body: { plan: 'professional' } })
if (session === undefined) throw new Error(JSON.stringify(error))
console.log(`pay at ${session.url}`)

while ((await countPayments()) === before) await new Promise((resolve) => setTimeout(resolve, 500))
console.log('the payment is counted')

async function countPayments(): Promise<number> {
  const { data } = await readTotals({ throwOnError: true })
  const series = data.data.find(
    ({ counter, label }) => counter === 'billing_payments_total' && label === 'success',
  )
  return series?.committed ?? 0
}
