import { request } from 'node:http'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isEmulatorName } from '../../src/emulator/control/guard.ts'
import { readCounters } from '../../src/emulator/pages/counters.ts'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { expectAccessible } from '../support/check-page.ts'
import { press } from '../support/emulator-controls.ts'
import { type OpenEmulator, openEmulator, startCheckout } from '../support/open-emulator.ts'

function counters(success: number) {
  return {
    marketing_posts_total: 3,
    'billing_checkout_started_total{plan="starter"}': 1,
    'billing_checkout_started_total{plan="professional"}': 0,
    'billing_checkout_started_total{plan="enterprise"}': 0,
    'billing_payments_total{status="success"}': success,
    'billing_payments_total{status="failed"}': 0,
    'billing_payments_total{status="refunded"}': 0,
  }
}

function postForm(url: string, form: Record<string, string>) {
  return fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) })
}

describe('the shop page', () => {
  it('shows three plans, all seven series and where everything is', async () => {
    const { ask, service } = await openEmulator()
    service.counters = counters(7)
    const { text, status } = await ask('/')
    expect(status).toBe(200)
    for (const shown of ['Starter', '$19.00', 'Professional', '$49.00', 'Enterprise', '$199.00'])
      expect(text).toContain(shown)
    expect(text.match(/data-series=/g)).toHaveLength(7)
    expect(text).toContain('No payments yet')
    expect(text).toContain(`${service.url}/metrics`)
    expect(text).not.toMatch(/(src|href)="https:/)
    expect((await ask('/emulator/counters')).body).toEqual({
      waiting: 0,
      series: expect.arrayContaining([
        { name: 'billing_payments_total', label: 'success', value: 7 },
        { name: 'marketing_posts_total', label: null, value: 3 },
      ]),
    })
  })

  it('starts a checkout through our API and sends the person to its pay page', async () => {
    const { emulator, stripe, service } = await openEmulator()
    service.startCheckout = async (plan) => String((await startCheckout(stripe, plan)).url)
    const answer = await postForm(`${emulator.url}/shop/checkout`, { plan: 'enterprise' })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toContain(`${emulator.url}/pay/cs_test_`)
    expect(service.asked).toEqual([{ plan: 'enterprise', authorization: 'Bearer our-own-key' }])
  })

  it('shows in plain words why a checkout did not start', async () => {
    const { emulator, service } = await openEmulator()
    const start = async () => {
      const answer = await postForm(`${emulator.url}/shop/checkout`, { plan: 'starter' })
      expect(answer.status).toBe(502)
      return answer.text()
    }
    service.problem = { status: 503, body: JSON.stringify({ detail: 'No <price> for starter.' }) }
    expect(await start()).toContain('No &lt;price&gt; for starter.')
    service.problem = { status: 500, body: 'nonsense' }
    expect(await start()).toContain('answered 500')
    service.problem = { status: 500, body: 'null' }
    expect(await start()).toContain('Back to the shop')
    await service.stop()
    expect(await start()).toContain('could not be reached')
  })

  it('says when the counters are not available', async () => {
    const { ask, service } = await openEmulator()
    service.metricsStatus = 503
    expect((await ask('/')).text).toContain('The counters are not available right now (503).')
    await service.stop()
    const answer = await ask('/emulator/counters')
    expect(answer.status).toBe(503)
    expect(JSON.stringify(answer.body)).toContain('cannot be read')
  })

  it('lists payments with a refund button each', async () => {
    const { emulator, stripe, ask, arrive } = await openEmulator()
    const session = await startCheckout(stripe, 'starter')
    await press(String(session.url), 'pay')
    const failed = await startCheckout(stripe, 'professional')
    await press(String(failed.url), 'decline')
    const [, paid] = (await stripe.paymentIntents.list()).data
    await stripe.refunds.create({ payment_intent: String(paid?.id), amount: 100 })
    const { text } = await ask('/shop/payments')
    for (const shown of ['Starter', 'Paid, $1.00 refunded', 'Professional', 'Declined'])
      expect(text).toContain(shown)
    expect(text.match(/Refund<\/button>/g)).toHaveLength(1)
    const refund = () =>
      postForm(`${emulator.url}/shop/refund`, { payment_intent: String(paid?.id) })
    expect((await refund()).status).toBe(303)
    expect((await ask('/shop/payments')).text).toContain('Refunded')
    await arrive('refund.created', 'refund.created')
    const again = await refund()
    expect([again.status, await again.text()]).toEqual([
      409,
      expect.stringContaining('has already been refunded'),
    ])
    const none = await postForm(`${emulator.url}/shop/refund`, { payment_intent: 'pi_none' })
    expect(none.status).toBe(409)
    await press(String(failed.url), 'refuse')
    expect((await ask('/shop/payments')).text).toContain('3-D Secure refused')
  })
})

describe('the pay page', () => {
  it('says what is bought, what went wrong, and when it is over', async () => {
    const { emulator, stripe, ask } = await openEmulator()
    const session = await startCheckout(stripe, 'professional')
    const path = `/pay/${session.id}`
    expect((await ask(path)).text).toContain('Pay $49.00')
    await press(emulator.url + path, 'decline')
    expect((await ask(path)).text).toContain('Your card was declined. You can try again.')
    await press(emulator.url + path, 'refuse')
    expect((await ask(path)).text).toContain('3-D Secure was refused')
    for (const odd of ['nonsense', 'constructor']) await press(emulator.url + path, odd)
    expect((await ask(path)).text).toContain('Pay $49.00')
    await press(emulator.url + path, 'pay')
    expect((await ask(path)).text).toContain('This checkout is paid')
    const expired = await startCheckout(stripe, 'starter')
    await stripe.checkout.sessions.expire(expired.id)
    expect((await ask(`/pay/${expired.id}`)).text).toContain('This checkout has expired')
    await ask('/emulator/faults', { processingMs: 60_000 })
    const slow = await startCheckout(stripe, 'starter')
    await press(String(slow.url), 'pay')
    expect((await ask(`/pay/${slow.id}`)).text).toContain('This payment is under way')
    expect((await ask('/shop/payments')).text).toContain('Processing')
    expect((await ask('/pay/cs_none')).status).toBe(404)
    expect((await press(`${emulator.url}/pay/cs_none`, 'pay')).status).toBe(404)
  })
})

describe('what else can be tried', () => {
  it('a part of a payment is refunded, and an amount that is none is refused', async () => {
    const { emulator, stripe, ask } = await openEmulator()
    await press(String((await startCheckout(stripe, 'starter')).url), 'pay')
    const [paid] = (await stripe.paymentIntents.list()).data
    const refund = (amount: string) =>
      postForm(`${emulator.url}/shop/refund`, { payment_intent: String(paid?.id), amount })
    for (const none of ['', '0', '-1', 'all', 'Infinity'])
      expect((await refund(none)).status).toBe(409)
    expect((await refund('4.50')).status).toBe(303)
    const { text } = await ask('/shop/payments')
    expect(text).toContain('Paid, $4.50 refunded')
    expect(text).toContain('value="14.50"')
    expect((await refund('14.51')).status).toBe(409)
    expect((await stripe.refunds.list()).data.map(({ amount }) => amount)).toEqual([450])
  })

  it('every failed attempt at a payment is listed, also after it was paid', async () => {
    const { stripe, ask } = await openEmulator()
    const url = String((await startCheckout(stripe, 'starter')).url)
    for (const action of ['decline', 'refuse', 'pay']) await press(url, action)
    const { text } = await ask('/shop/payments')
    expect(text).toContain('Paid')
    expect(text.match(/failed: [^<]+/g)).toEqual([
      'failed: 3-D Secure refused',
      'failed: Your card was declined.',
    ])
  })

  it('a bank debit is under way before it succeeds or is returned', async () => {
    const { stripe, ask, arrive } = await openEmulator()
    const first = await startCheckout(stripe, 'starter')
    await press(String(first.url), 'debit')
    expect((await ask(`/?checkout=paid&session_id=${first.id}`)).text).toContain('is under way')
    await press(String((await startCheckout(stripe, 'starter')).url), 'debit_fails')
    expect((await ask('/shop/payments')).text.match(/>Processing</g)).toHaveLength(2)
    await arrive(
      'checkout.session.async_payment_succeeded',
      'checkout.session.async_payment_failed',
    )
    expect((await ask('/shop/payments')).text).toContain('Bank debit returned')
    expect((await ask(`/?checkout=paid&session_id=${first.id}`)).text).toContain('went through')
  })

  it('a hold is captured, captured in part or released, once', async () => {
    const { emulator, stripe, ask } = await openEmulator()
    const end = async (action: string) => {
      expect((await fetch(`${emulator.url}/shop/hold`, { method: 'POST' })).status).toBe(200)
      const [intent] = (await stripe.paymentIntents.list()).data
      expect(intent?.status).toBe('requires_capture')
      const form = { payment_intent: String(intent?.id), action }
      expect((await postForm(`${emulator.url}/shop/held`, form)).status).toBe(303)
      expect((await postForm(`${emulator.url}/shop/held`, form)).status).toBe(409)
      return (await stripe.paymentIntents.retrieve(String(intent?.id))).amount_received
    }
    expect([await end('capture'), await end('capture_half'), await end('release')]).toEqual([
      5_000, 2_500, 0,
    ])
    const { text } = await ask('/shop/payments')
    expect(text).toContain('Paid, $25.00 captured')
    expect(text).toContain('Released, nothing was charged')
  })

  it('whoever leaves the pay page reads that nothing was charged', async () => {
    const { ask } = await openEmulator()
    expect((await ask('/?checkout=cancelled')).text).toContain('nothing was charged')
    expect((await ask('/')).text).not.toContain('nothing was charged')
  })
})

describe('the guard', () => {
  it('knows our own names from foreign ones', () => {
    const isOurs = isEmulatorName('0.0.0.0')
    for (const ours of ['127.0.0.1', 'localhost', '[::1]', 'emulator', 'a.localhost', '10.0.0.1'])
      expect(isOurs(ours)).toBe(true)
    for (const foreign of ['evil.example', '127.0.0.1.evil.example'])
      expect(isOurs(foreign)).toBe(false)
  })

  it('knows on loopback the names of loopback alone', () => {
    const isOurs = isEmulatorName('127.0.0.1')
    for (const ours of ['127.0.0.1', '127.0.0.2', 'localhost', '[::1]', 'a.localhost'])
      expect(isOurs(ours)).toBe(true)
    for (const foreign of [
      'emulator',
      '10.0.0.1',
      '[::2]',
      'evil.example',
      '127.0.0.1.evil.example',
    ])
      expect(isOurs(foreign)).toBe(false)
  })

  it('refuses a browser that came by a foreign name', async () => {
    const { emulator } = await openEmulator()
    const status = await new Promise((resolve) => {
      const headers = { host: 'evil.example' }
      request(`${emulator.url}/`, { headers }, (answer) => resolve(answer.statusCode)).end()
    })
    expect(status).toBe(403)
  })
})

describe('the counters', () => {
  it('are read from Prometheus text, whatever other labels a series has', () => {
    const text = `# HELP billing_payments_total x
billing_payments_total{instance="a-1",status="success"} 41 1795000000
billing_payments_total_other 3
marketing_posts_total{instance="a-1"} 2
`
    expect(readCounters(text)).toEqual([
      { name: 'billing_payments_total', label: 'success', value: 41 },
      { name: 'marketing_posts_total', label: null, value: 2 },
    ])
  })
})

describe.skipIf(!hasBrowser)('in a browser', () => {
  const stack = new AsyncDisposableStack()
  let browser: BrowserContext
  beforeAll(async () => {
    browser = await openBrowser(stack)
  })
  afterAll(() => stack.disposeAsync())

  const openShop = async ({
    emulator,
  }: OpenEmulator): Promise<{ page: Page; errors: string[] }> => {
    const page = await browser.newPage()
    await page.setViewportSize({ width: 390, height: 844 })
    const errors: string[] = []
    page.on('pageerror', ({ message }) => errors.push(message))
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    await page.goto(emulator.url)
    return { page, errors }
  }

  it.each([
    [1280, 720],
    [390, 844],
  ])('the counters are in view without scrolling at %i x %i', async (width, height) => {
    const open = await openEmulator()
    open.service.counters = counters(0)
    const { page } = await openShop(open)
    await page.setViewportSize({ width, height })
    const bottoms = await page
      .locator('[data-series]')
      .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().bottom))
    expect(bottoms).toHaveLength(7)
    expect(Math.max(...bottoms)).toBeLessThan(height)
    await page.close()
  })

  it('the shop and the pay page fit a window of 320 px and are accessible', async () => {
    const open = await openEmulator()
    const { stripe, emulator } = open
    const url = String((await startCheckout(stripe, 'starter')).url)
    await press(url, 'decline')
    await fetch(`${emulator.url}/shop/hold`, { method: 'POST' })
    await press(String((await startCheckout(stripe, 'enterprise')).url), 'pay')
    const { page } = await openShop(open)
    for (const colorScheme of ['light', 'dark'] as const)
      for (const address of [emulator.url, url]) {
        await page.setViewportSize({ width: 320, height: 640 })
        await page.emulateMedia({ colorScheme })
        await page.goto(address)
        await expectAccessible(page)
      }
    await page.close()
  })

  it('a person buys by keyboard, sees a decline, pays, refunds, and the numbers move', async () => {
    const open = await openEmulator()
    const { service, stripe, emulator } = open
    service.counters = counters(0)
    service.startCheckout = async (plan) => {
      const success_url = `${service.url}/thanks`
      return String((await startCheckout(stripe, plan, { success_url })).url)
    }
    const { page, errors } = await openShop(open)
    await page.getByRole('button', { name: 'Start checkout for Starter' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/pay\//)
    await page.getByRole('button', { name: 'Decline card' }).click()
    await page.getByRole('alert').getByText('Your card was declined.').waitFor()
    await page.getByRole('button', { name: 'Pay $19.00' }).click()
    await page.waitForURL(/\/thanks/)
    await page.goto(emulator.url)
    const success = page.locator('[data-series="billing_payments_total:success"]')
    service.counters = counters(1)
    await success.getByText('1', { exact: true }).waitFor()
    await page.locator('[data-series="billing_payments_total:success"].moved').waitFor()
    await page.getByRole('button', { name: 'Refund $19.00 for Starter' }).click()
    await page.getByText('Refunded', { exact: true }).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(errors).toEqual([])
    await page.close()
  })
})
