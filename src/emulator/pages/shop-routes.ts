import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { nameOf, type PlanSetting } from '../../config/plans.ts'
import { type EmulatorContext, runUnitOfWork, type UnitOfWork } from '../context.ts'
import { findPrice } from '../payments/seed-prices.ts'
import { pageHeaders, problemPage } from './layout.ts'
import { addPaymentForms } from './payment-forms.ts'
import { paymentsView } from './payments-view.ts'
import { recentPayments } from './recent-payments.ts'
import type { ServiceLink } from './service-link.ts'
import { type Offer, shopPage } from './shop-page.ts'

/** Routes of the shop page, its forms, and its script's data. */
export function shopRoutes(
  context: EmulatorContext,
  link: ServiceLink,
  plans: readonly PlanSetting[],
): Hono {
  const app = new Hono()

  app.get('/', async (c) => {
    const nonce = randomBytes(16).toString('base64')
    const counters = await link.readCounters()
    const parts = runUnitOfWork(context, (unit) => ({
      offers: offersOf(unit, plans),
      payments: recentPayments(unit),
    }))
    const connection = link.connection()
    const notice = noticeOf(context, c.req.query('checkout'), c.req.query('session_id'))
    return c.html(
      shopPage({
        nonce,
        counters,
        connection,
        notice,
        plans: plans.map(({ plan }) => plan),
        ...parts,
      }),
      200,
      pageHeaders(nonce),
    )
  })

  app.get('/emulator/counters', async (c) => {
    const counters = await link.readCounters()
    const waiting = context.deliveries.count()
    return 'ok' in counters
      ? c.json({ series: counters.ok, waiting })
      : c.json({ error: counters.error, waiting }, 503)
  })

  app.get('/shop/payments', (c) =>
    c.html(
      runUnitOfWork(context, (unit) => paymentsView(recentPayments(unit))),
      200,
      pageHeaders(),
    ),
  )

  addCheckoutForm(app, link)
  addPaymentForms(app, context)
  return app
}

function addCheckoutForm(app: Hono, link: ServiceLink): void {
  app.post('/shop/checkout', async (c) => {
    const form = new URLSearchParams(await c.req.text())
    const price = form.get('price') ?? ''
    const started = await link.startCheckout(
      form.get('plan') ?? '',
      price === '' ? undefined : price,
    )
    if ('ok' in started) return c.redirect(started.ok, 303)
    const problem = problemPage('The checkout did not start', started.error)
    return c.html(problem, 502, pageHeaders())
  })
}

/** Every price that can be bought; a plan's first price needs no name. */
function offersOf(unit: UnitOfWork, plans: readonly PlanSetting[]): Offer[] {
  return plans.flatMap(({ plan, prices, optionalPrices }) =>
    [...prices, ...optionalPrices].flatMap((setting, index) => {
      const price = findPrice(unit, setting)
      const product = price && unit.store.find('product', price.product)
      if (price?.active !== true || product?.active === false) return []
      return [{ plan, priceName: index === 0 ? '' : nameOf(setting), price, product }]
    }),
  )
}

/** A word to whoever returns from the pay page. */
function noticeOf({ store }: EmulatorContext, end: string | undefined, id = '') {
  if (end === 'cancelled')
    return 'You left before paying, and nothing was charged. The checkout counts as started and stays open for 24 hours.'
  if (end !== 'paid') return undefined
  const isUnderWay = store.find('checkout_session', id)?.payment_status === 'unpaid'
  return isUnderWay
    ? 'Thank you. The bank debit is under way: it is counted in a few seconds, when the bank has answered.'
    : 'Thank you, the payment went through.'
}
