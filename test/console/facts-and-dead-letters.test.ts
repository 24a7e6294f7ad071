import { expect, test } from 'vitest'
import { ownForm } from '../support/open-page.ts'
import { rawRequest } from '../support/raw-request.ts'
import { startWithFakeStripe } from '../support/start-with-fake-stripe.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

async function openShop() {
  const { app } = await startWithFakeStripe()
  const page = async (path: string) => (await rawRequest(`${app.apiUrl}${path}`, 'GET')).text
  const press = (path: string) => rawRequest(`${app.apiUrl}${path}`, 'POST', ownForm(app.apiUrl))
  return { app, page, press }
}

const payment = { id: 'pi_1Found', amount_received: 1900, currency: 'eur' }

test('a number leads to its facts, and a fact to what proves it, in two clicks', async () => {
  const { app, page } = await openShop()
  const body = eventBody('payment_intent.succeeded', { id: 'evt_1Proof', object: payment })
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
  const list = await page('/facts?counter=billing_payments_total&label=success')
  expect(list).toContain('is <strong>1</strong>')
  expect(list).toContain('href="/facts/payment%3Asuccess%3Api_1Found"')
  expect(list).toContain('€19.00')
  const fact = await page('/facts/payment%3Asuccess%3Api_1Found')
  expect(fact).toContain('evt_1Proof')
  expect(fact).toContain('webhook')
})

test.each(['pi_1Found', 'payment:success:pi_1Found', ' pi_1Found '])(
  'the search finds a fact by its key or by its object: "%s"',
  async (search) => {
    const { app, page } = await openShop()
    await deliver(app.apiUrl, eventBody('payment_intent.succeeded', { object: payment }))
    expect(await page(`/facts?q=${encodeURIComponent(search)}`)).toContain('payment%3Asuccess')
    expect(await page('/facts?q=pi_other')).not.toContain('payment%3Asuccess')
  },
)

test('filters are in the URL, and a filter that cannot be read says what to give', async () => {
  const { app, page } = await openShop()
  await deliver(app.apiUrl, eventBody('payment_intent.succeeded', { object: payment }))
  const filtered = await page('/facts?counter=billing_payments_total&source=sweep')
  expect(filtered).not.toContain('payment%3Asuccess')
  expect(filtered).toMatch(/<option selected>sweep</)
  const wrong = await page('/facts?from=yesterday&through=today')
  for (const id of ['from', 'through']) {
    expect(wrong).toMatch(new RegExp(`id="${id}"[^>]* aria-describedby="${id}-fault" aria-invalid`))
    expect(wrong).toContain(`id="${id}-fault">Give a day as year-month-day`)
  }
  expect(await page('/facts?from=2026-02-02&through=2026-02-01')).toContain('id="through-fault"')
})

test('an unknown fact is 404 with a way on, and no markup of a search is repeated', async () => {
  const { app, page } = await openShop()
  const missing = await rawRequest(`${app.apiUrl}/facts/payment%3Asuccess%3Api_none`, 'GET')
  expect(missing.status).toBe(404)
  expect(missing.text).toContain('search for it on Facts')
  expect(await page('/facts?q=%3Cscript%3Ealert(1)')).not.toContain('<script>alert')
})

test('a dead letter is shown with what is wrong, replayed and dismissed', async () => {
  const { app, page, press } = await openShop()
  const broken = { id: 'evt_1Broken', object: { ...payment, id: 7 } }
  await deliver(app.apiUrl, eventBody('payment_intent.succeeded', broken))
  const listed = await page('/dead-letters')
  expect(listed).toContain('evt_1Broken')
  expect(listed).toContain('>id is missing, or of another type than Stripe documents<')
  expect(listed).toMatch(/>Dead letters <span class="tag bad">1<span class="hidden"> open</)
  const replayed = await press('/dead-letters/evt_1Broken/replay')
  expect(replayed.status).toBe(303)
  expect(replayed.headers['set-cookie']?.join()).toContain(
    encodeURIComponent('not found at Stripe'),
  )
  expect((await press('/dead-letters/evt_1Broken/dismiss')).status).toBe(303)
  expect(await page('/dead-letters')).toContain('There are no open dead letters')
  expect(await page('/dead-letters?state=dismissed')).toContain('evt_1Broken')
  expect((await press('/dead-letters/evt_none/dismiss')).status).toBe(404)
})
