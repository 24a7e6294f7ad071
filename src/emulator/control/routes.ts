import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type EmulatorContext, runUnitOfWork } from '../context.ts'
import type { PaymentIntent } from '../objects/types.ts'
import { finishSession } from '../payments/checkouts.ts'
import { expireHold } from '../payments/holds.ts'
import { type ChargelessCode, chargelessCodes, failWithoutCharge } from '../payments/outcomes.ts'
import { payRenewal } from '../payments/pay-renewal.ts'
import { attemptPayment } from '../payments/payments.ts'
import { failRefund } from '../payments/refunds.ts'
import { outcomeOf } from '../payments/test-cards.ts'
import { emit } from '../webhooks/emit.ts'
import { bulkPayments } from './bulk-payments.ts'

const bulkMax = 100_000

const bulkSchema = z.strictObject({
  count: z.number().int().min(1).max(bulkMax),
  outcome: z.enum(['success', 'failed', 'refunded']),
  amount: z.number().int().min(1).default(1900),
  currency: z.string().length(3).default('usd'),
})

const eventSchema = z.strictObject({
  type: z.string().min(1),
  /** The id of a stored object, or an object of your own. */
  object: z.union([z.string(), z.looseObject({ id: z.string(), object: z.string() })]),
  livemode: z.boolean().default(false),
  account: z.string().optional(),
})

const authenticationSchema = z.strictObject({
  accepted: z.boolean(),
  /** Why it was not. */
  code: z.enum(chargelessCodes).optional(),
})

const renewalSchema = z.strictObject({
  /** The outcome of the attempt, as with a test card. */
  payment_method: z.string().default('pm_card_visa'),
})

/** The emulator's own controls: faults, truth, load, odd events. JSON in, JSON out. */
export function controlRoutes(context: EmulatorContext, catchUp: () => void): Hono {
  const { faults, truth } = context
  const app = new Hono()

  app.get('/faults', (c) => c.json(faults.current))
  app.post('/faults', async (c) => c.json(faults.change(await body(c))))

  app.get('/versions', (c) => c.json(context.versions()))
  app.post('/versions', async (c) => c.json(context.changeVersions(await body(c))))

  app.get('/truth', (c) => {
    catchUp()
    const since = Number(c.req.query('since') ?? 0)
    return c.json(truth.read(Number.isFinite(since) ? since : 0, c.req.query('ids') !== 'false'))
  })

  app.post('/payments', async (c) => {
    const order = bulkSchema.parse(await body(c))
    return c.json(await bulkPayments(context, order), 201)
  })

  addOddEvents(app, context)
  addDeliveries(app, context)
  app.onError((cause, c) => {
    if (cause instanceof z.ZodError) return c.json({ error: z.prettifyError(cause) }, 400)
    if (cause instanceof SyntaxError) return c.json({ error: 'the body is not JSON' }, 400)
    throw cause
  })
  return app
}

/** What customers and banks do, and events that no payment of the emulator generates. */
function addOddEvents(app: Hono, context: EmulatorContext): void {
  const { store } = context

  app.post('/events', async (c) => {
    const { type, object, livemode, account } = eventSchema.parse(await body(c))
    const found = typeof object === 'string' ? store.findAny(object) : object
    if (!found) return c.json({ error: `there is no object ${String(object)}` }, 404)
    const snapshot = { created: 0, ...found, livemode } as Parameters<typeof emit>[2]
    const emission = { livemode, ...(account === undefined ? {} : { account }), sole: true }
    return c.json(
      runUnitOfWork(context, (unit) => emit(unit, type, snapshot, emission)),
      201,
    )
  })

  app.post('/refunds/:id/fail', (c) => {
    const refund = runUnitOfWork(context, (unit) => failRefund(unit, c.req.param('id')))
    return refund ? c.json(refund) : c.json({ error: 'there is no such refund, or it failed' }, 404)
  })

  app.post('/payment_intents/:id/authentication', async (c) => {
    const { accepted, code } = authenticationSchema.parse(await body(c))
    const intent = runUnitOfWork(context, (unit) => {
      const waiting = store.find('payment_intent', c.req.param('id'))
      if (waiting?.status !== 'requires_action') return undefined
      if (accepted) attemptPayment(unit, waiting, { kind: 'succeeds' })
      else failWithoutCharge(unit, waiting, code ?? codeFor(waiting))
      finishSession(unit, waiting)
      return waiting
    })
    return intent
      ? c.json(intent)
      : c.json({ error: 'no such payment waits for authentication' }, 404)
  })

  app.post('/payment_intents/:id/expire', (c) => {
    const intent = runUnitOfWork(context, (unit) => expireHold(unit, c.req.param('id')))
    return intent ? c.json(intent) : c.json({ error: 'no such payment waits for its capture' }, 404)
  })

  app.post('/subscriptions/:id/renew', async (c) => {
    const { payment_method: token } = renewalSchema.parse(await body(c))
    const card = outcomeOf(token)
    if (!card) return c.json({ error: `there is no test card ${token}` }, 400)
    const invoice = runUnitOfWork(context, (unit) => {
      const subscription = store.find('subscription', c.req.param('id'))
      return subscription && payRenewal(unit, subscription, card)
    })
    return invoice ? c.json(invoice, 201) : c.json({ error: 'there is no such subscription' }, 404)
  })
}

function addDeliveries(app: Hono, { deliveries, store, now }: EmulatorContext): void {
  app.get('/deliveries', (c) => c.json({ pending: deliveries.count() }))
  app.delete('/deliveries', (c) => {
    store.transaction(() => deliveries.clear())
    return c.json({ pending: 0 })
  })
  app.post('/deliveries/now', (c) => {
    store.transaction(() => deliveries.hurry(now()))
    deliveries.wake()
    return c.json({ pending: deliveries.count() })
  })
}

function codeFor({ next_action: action }: PaymentIntent): ChargelessCode {
  const redirects = JSON.stringify(action).includes('redirect_to_url')
  return redirects ? 'payment_method_customer_decline' : 'payment_intent_authentication_failure'
}

async function body(c: Context): Promise<unknown> {
  return JSON.parse(await c.req.text())
}
