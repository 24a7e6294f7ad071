import { controlsOf } from '../support/emulator-controls.ts'
import { startTestApp, type TestApp } from '../support/start-test-app.ts'

const hourMs = 3_600_000
const betweenMs = 3.5 * hourMs
const rounds = 2

/** What is sold one after the other, and what happens on the pay page and in the shop: always the same. */
const sales: readonly (readonly [plan: string, ...presses: Press[]])[] = [
  ['starter', 'pay'],
  ['starter'],
  ['professional', 'pay'],
  ['starter', 'decline', 'pay'],
  ['enterprise', 'pay'],
  ['professional', 'pay'],
  ['professional', 'refuse'],
  ['starter', 'pay'],
  ['starter', 'pay'],
  ['enterprise', 'decline', 'pay'],
  ['professional', 'pay', 'refund'],
  ['starter', 'pay'],
  ['professional', 'pay'],
  ['starter'],
  ['starter', 'pay'],
  ['professional', 'decline', 'decline', 'pay'],
  ['starter', 'pay', 'refund'],
  ['enterprise', 'pay'],
  ['professional', 'pay'],
  ['starter', 'pay'],
  ['starter', 'pay'],
  ['professional', 'pay'],
]
type Press = 'pay' | 'decline' | 'refuse' | 'refund'

const postCount = 12

/** The service on the emulator after a week with a fixed, small set of sales and posts. */
export async function openScene(): Promise<TestApp> {
  const all = Array.from({ length: rounds }, () => sales).flat()
  const clock = { offsetMs: -all.length * betweenMs }
  const app = await startTestApp({ dependencies: { now: () => Date.now() + clock.offsetMs } })
  const paused = await app.call('PATCH', '/v1/campaigns/campaign_demo', { paused: true })
  if (!paused.ok) throw new Error(`the demo campaign answered ${paused.status}`)
  for (let count = 0; count < postCount; count++)
    await app.call('POST', '/v1/campaigns/campaign_demo/posts')
  for (const [plan, ...presses] of all) {
    clock.offsetMs += betweenMs
    await sell(app, plan, presses)
  }
  await app.syncJobs.runSweep()
  await app.syncJobs.runReconcile()
  return app
}

/** Starts a checkout in the shop and presses buttons; each fact is committed before the next one happens. */
async function sell(
  { shopUrl = '' }: TestApp,
  plan: string,
  presses: readonly Press[],
): Promise<void> {
  const post = (url: string, form: Record<string, string>) =>
    fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) })
  const payPage = (await post(`${shopUrl}/shop/checkout`, { plan })).headers.get('location') ?? ''
  for (const action of presses) {
    if (action === 'refund') await post(`${shopUrl}/shop/refund`, await newestPayment(shopUrl))
    else await post(payPage, { action })
    await controlsOf(shopUrl).drained()
  }
}

async function newestPayment(shopUrl: string): Promise<Record<string, string>> {
  const text = await (await fetch(`${shopUrl}/shop/payments`)).text()
  const [, id] = text.match(/name="payment_intent" value="([^"]+)"/) ?? []
  if (id === undefined) throw new Error('there is no payment to refund')
  return { payment_intent: id }
}

/** Sends a webhook that is signed with another secret. */
export async function sendWithWrongSecret({ apiUrl }: TestApp): Promise<void> {
  const time = Math.floor(Date.now() / 1000)
  const headers = { 'stripe-signature': `t=${time},v1=${'0'.repeat(64)}` }
  const answer = await fetch(`${apiUrl}/webhooks/stripe`, { method: 'POST', body: '{}', headers })
  if (answer.status !== 400) throw new Error(`the webhook was answered ${answer.status}`)
}
