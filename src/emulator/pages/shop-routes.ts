import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { nameOf, type PlanSetting } from '../../config/plans.ts'
import { StripeError } from '../api/stripe-error.ts'
import { type EmulatorContext, runUnitOfWork, type UnitOfWork } from '../context.ts'
import { makeRefund } from '../payments/refunds.ts'
import { findPrice } from '../payments/seed-prices.ts'
import { pageHeaders, problemPage } from './layout.ts'
import { paymentsView, recentPayments } from './payments-view.ts'
import type { ServiceLink } from './service-link.ts'
import { type Offer, shopPage } from './shop-page.ts'

/** Routes of the shop page, its two forms, and its script's data. */
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
    const paid = c.req.query('checkout') === 'paid'
    return c.html(
      shopPage({
        nonce,
        counters,
        connection,
        paid,
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

  addForms(app, context, link)
  return app
}

/** Start a checkout, refund a payment. */
function addForms(app: Hono, context: EmulatorContext, link: ServiceLink): void {
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

  app.post('/shop/refund', async (c) => {
    const form = new URLSearchParams(await c.req.text())
    const refused = runUnitOfWork(context, (unit) => refund(unit, form.get('payment_intent') ?? ''))
    if (refused === null) return c.redirect('/', 303)
    return c.html(problemPage('The refund was refused', refused), 409, pageHeaders())
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

/** Refunds the remainder of a payment. Returns why it could not, or null. */
function refund(unit: UnitOfWork, id: string): string | null {
  const intent = unit.store.find('payment_intent', id)
  const charge = intent?.latest_charge && unit.store.find('charge', intent.latest_charge)
  if (!charge) return 'There is no such payment.'
  try {
    makeRefund(unit, charge, {})
    return null
  } catch (cause) {
    if (cause instanceof StripeError) return cause.message
    throw cause
  }
}
