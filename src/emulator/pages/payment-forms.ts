import type { Hono } from 'hono'
import { StripeError } from '../api/stripe-error.ts'
import { type EmulatorContext, runUnitOfWork, type UnitOfWork } from '../context.ts'
import type { Charge, PaymentIntent } from '../objects/types.ts'
import { cancelPayment, captureHold } from '../payments/holds.ts'
import { attemptPayment } from '../payments/payments.ts'
import { makeRefund } from '../payments/refunds.ts'
import { startPayment } from '../payments/start-payment.ts'
import { toMinor } from './format.ts'
import { pageHeaders, problemPage } from './layout.ts'

const held = { amount: 5_000, currency: 'usd' } as const

/** Refund a payment or a part of it; hold an amount, then capture or release it. */
export function addPaymentForms(app: Hono, context: EmulatorContext): void {
  app.post('/shop/refund', async (c) => {
    const form = new URLSearchParams(await c.req.text())
    const refused = runUnitOfWork(context, (unit) => refund(unit, form))
    if (refused === null) return c.redirect('/', 303)
    return c.html(problemPage('The refund was refused', refused), 409, pageHeaders())
  })

  app.post('/shop/hold', (c) => {
    runUnitOfWork(context, hold)
    return c.redirect('/', 303)
  })

  app.post('/shop/held', async (c) => {
    const form = new URLSearchParams(await c.req.text())
    const isDone = runUnitOfWork(context, (unit) => endHold(unit, form))
    if (isDone) return c.redirect('/', 303)
    const problem = problemPage('Nothing was changed', 'There is no such hold any more.')
    return c.html(problem, 409, pageHeaders())
  })
}

/** Refunds an amount, or the remainder of a payment. Returns why it could not, or null. */
function refund(unit: UnitOfWork, form: URLSearchParams): string | null {
  const { charge } = paymentOf(unit, form)
  if (!charge) return 'There is no such payment.'
  const text = form.get('amount')
  const amount = text === null ? null : toMinor(text, charge.currency)
  if (amount === undefined) return 'The amount has to be a number above zero, such as 5.00.'
  try {
    makeRefund(unit, charge, { amount })
    return null
  } catch (cause) {
    if (cause instanceof StripeError) return cause.message
    throw cause
  }
}

/** A payment beside our checkouts, as another program of the same account makes it. */
function hold(unit: UnitOfWork): void {
  const intent = startPayment(unit, { ...held, description: 'A hold', captureMethod: 'manual' })
  intent.payment_method = 'pm_card_visa'
  attemptPayment(unit, intent, { kind: 'succeeds' })
}

/** Captures or releases a hold. Returns whether it was still there. */
function endHold(unit: UnitOfWork, form: URLSearchParams): boolean {
  const { intent, charge } = paymentOf(unit, form)
  if (intent?.status !== 'requires_capture' || !charge) return false
  const action = form.get('action')
  if (action === 'capture') captureHold(unit, intent, charge, intent.amount)
  else if (action === 'capture_half')
    captureHold(unit, intent, charge, Math.ceil(intent.amount / 2))
  else if (action === 'release') cancelPayment(unit, intent, null)
  return true
}

function paymentOf(
  unit: UnitOfWork,
  form: URLSearchParams,
): {
  readonly intent?: PaymentIntent | undefined
  readonly charge?: Charge | undefined
} {
  const intent = unit.store.find('payment_intent', form.get('payment_intent') ?? '')
  const charge = intent?.latest_charge ? unit.store.find('charge', intent.latest_charge) : undefined
  return { intent, charge }
}
