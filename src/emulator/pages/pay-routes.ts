import { Hono } from 'hono'
import { type EmulatorContext, runUnitOfWork, type UnitOfWork } from '../context.ts'
import type { CheckoutSession, LastPaymentError } from '../objects/types.ts'
import { type PayAction, paySession } from '../payments/checkouts.ts'
import { pageHeaders, problemPage } from './layout.ts'
import { closedPage, payPage } from './pay-page.ts'

const actions: ReadonlyMap<string, PayAction> = new Map<string, PayAction>([
  ['pay', { kind: 'succeeds' }],
  ['decline', { kind: 'declined', code: 'card_declined', declineCode: 'generic_decline' }],
  ['debit', { kind: 'processes', as: 'succeeded' }],
  ['debit_fails', { kind: 'processes', as: 'failed' }],
  ['refuse', { kind: 'fails_without_charge', code: 'payment_intent_authentication_failure' }],
])

/** The page that a Checkout Session's `url` leads to. */
export function payRoutes(context: EmulatorContext, catchUp: () => void): Hono {
  const app = new Hono()

  app.get('/pay/:id', (c) => {
    catchUp()
    const session = context.store.find('checkout_session', c.req.param('id'))
    if (!session) return c.html(unknownCheckout(), 404, pageHeaders())
    const open = session.status === 'open'
    const shown = open ? payPage(session, lastError(context, session)) : closedPage(session)
    return c.html(shown, 200, pageHeaders())
  })

  app.post('/pay/:id', async (c) => {
    catchUp()
    const id = c.req.param('id')
    const form = new URLSearchParams(await c.req.text())
    const action = actions.get(form.get('action') ?? '')
    const session = runUnitOfWork(context, (unit) => act(unit, id, action))
    if (!session) return c.html(unknownCheckout(), 404, pageHeaders())
    const done = session.status === 'complete' && session.success_url
    return c.redirect(done ? withId(done, id) : `/pay/${id}`, 303)
  })

  return app
}

/** Performs a button's action if the session is still open. */
function act(unit: UnitOfWork, id: string, action: PayAction | undefined) {
  const session = unit.store.find('checkout_session', id)
  if (session?.status === 'open' && action) paySession(unit, session, action)
  return session
}

function lastError({ store }: EmulatorContext, session: CheckoutSession): LastPaymentError | null {
  const id = session.$.paymentIntent
  return (id && store.find('payment_intent', id)?.last_payment_error) || null
}

function withId(url: string, id: string): string {
  return url.replaceAll('{CHECKOUT_SESSION_ID}', id)
}

function unknownCheckout() {
  return problemPage('No such checkout', 'The emulator does not know this Checkout Session.')
}
