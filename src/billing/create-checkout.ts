import { createHash } from 'node:crypto'
import type { Recorder } from '../../instrumentation/business/recorder.ts'
import { AppError } from '../errors.ts'
import { checkoutKey } from '../ledger/fact-key.ts'
import type { CreatedCheckout, StripeGateway } from '../stripe/client/gateway.ts'
import type { Plans } from './plans.ts'
import type { ReturnPages } from './return-pages.ts'

export interface CheckoutRequest {
  readonly plan: string
  readonly quantity: number
  readonly customerEmail: string | undefined
  readonly clientReferenceId: string | undefined
  readonly successUrl: string | undefined
  readonly cancelUrl: string | undefined
}

export interface CheckoutCaller {
  readonly keyId: string
  readonly idempotencyKey: string | undefined
}

export interface Checkouts {
  readonly plans: Plans
  readonly gateway: Pick<StripeGateway, 'createCheckout'>
  readonly recorder: Recorder
  readonly ledgerId: string
  readonly returnPages: ReturnPages
}

/**
 * Creates a Checkout Session for a plan and records that it started; resolves after the commit.
 * The metadata lets every later source of the session know it as ours. Stripe answers replays of an
 * Idempotency-Key, so that a retry after `not_committed` finds the same session.
 */
export async function createCheckout(
  request: CheckoutRequest,
  caller: CheckoutCaller,
  checkouts: Checkouts,
): Promise<CreatedCheckout> {
  const pages = checkouts.returnPages
  const successUrl = withSessionId(returnUrl('success_url', request.successUrl, pages))
  const cancelUrl = returnUrl('cancel_url', request.cancelUrl, pages)
  const { plan, price } = await checkouts.plans.resolve(request.plan)
  const checkout = await checkouts.gateway.createCheckout(
    {
      mode: price.recurring ? 'subscription' : 'payment',
      line_items: [{ price: price.id, quantity: request.quantity }],
      success_url: successUrl,
      cancel_url: cancelUrl,
      metadata: { countinghouse: checkouts.ledgerId, plan },
      ...(request.customerEmail === undefined ? {} : { customer_email: request.customerEmail }),
      ...(request.clientReferenceId === undefined
        ? {}
        : { client_reference_id: request.clientReferenceId }),
    },
    idempotencyKeyOf(caller),
  )
  await checkouts.recorder.recordCheckoutStarted(plan, {
    key: checkoutKey(checkout.id),
    occurredAt: checkout.createdAt,
    objectCreatedAt: checkout.createdAt,
    source: 'api',
    evidence: checkout.id,
    amountMinor: checkout.amountMinor,
    currency: checkout.currency,
  })
  return checkout
}

/** Two callers may use the same key without meeting: the key goes on hashed with the caller's. */
function idempotencyKeyOf({ keyId, idempotencyKey }: CheckoutCaller): string | undefined {
  return idempotencyKey === undefined
    ? undefined
    : createHash('sha256').update(`${keyId}\n${idempotencyKey}`).digest('hex')
}

function returnUrl(
  parameter: 'success_url' | 'cancel_url',
  given: string | undefined,
  pages: ReturnPages,
): string {
  if (given === undefined) return parameter === 'success_url' ? pages.successUrl : pages.cancelUrl
  if (URL.canParse(given) && pages.origins.has(new URL(given).origin)) return given
  throw new AppError(
    'invalid_request',
    `${parameter}: "${given}" is not a page of ${[...pages.origins].join(', ')}: ` +
      'use one of these origins, or add its origin to CHECKOUT_RETURN_ORIGINS',
  )
}

/** Before a fragment, if there is one. Stripe fills in the placeholder; it must stay unescaped. */
function withSessionId(url: string): string {
  if (url.includes('{CHECKOUT_SESSION_ID}')) return url
  const [page = '', fragment] = url.split('#', 2)
  const separator = page.includes('?') ? '&' : '?'
  const rest = fragment === undefined ? '' : `#${fragment}`
  return `${page}${separator}session_id={CHECKOUT_SESSION_ID}${rest}`
}
