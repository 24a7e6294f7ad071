import { AppError } from '../errors.ts'
import type { StripeGateway } from '../stripe/client/gateway.ts'
import type { CheckoutRequest } from './checkout-request.ts'
import type { CheckoutTerms } from './checkout-terms.ts'
import { withSessionId } from './return-url.ts'

export type SessionParameters = Parameters<StripeGateway['createCheckout']>[0]

/**
 * The parameters of the Checkout Session, the same for the same request on the same terms. The metadata
 * identifies the session as ours to every later source, and is also set on what the session creates.
 * Throws `invalid_request` for an option that the price does not allow.
 */
export function sessionParameters(
  request: CheckoutRequest,
  terms: CheckoutTerms,
  ledgerId: string,
): SessionParameters {
  const metadata = { ...request.metadata, countinghouse: ledgerId, plan: terms.plan }
  return {
    mode: terms.recurring ? 'subscription' : 'payment',
    line_items: [{ price: terms.priceId, ...quantityOf(request, terms) }],
    success_url: withSessionId(request.success_url ?? terms.successUrl),
    cancel_url: request.cancel_url ?? terms.cancelUrl,
    metadata,
    ...madeBySession(request, terms, metadata),
    ...customerOf(request),
    ...given('client_reference_id', request.client_reference_id),
    ...given('allow_promotion_codes', request.allow_promotion_codes),
    ...given('locale', request.locale),
  }
}

/** Stripe rejects a quantity for a metered price. */
function quantityOf(
  { quantity }: CheckoutRequest,
  { plan, metered }: CheckoutTerms,
): { quantity?: number } {
  if (!metered) return { quantity: quantity ?? 1 }
  if (quantity === undefined) return {}
  throw new AppError(
    'invalid_request',
    `quantity: the price of the plan ${plan} is billed by usage: leave quantity out`,
  )
}

function madeBySession(
  { trial_period_days: trialDays }: CheckoutRequest,
  { plan, recurring }: CheckoutTerms,
  metadata: Readonly<Record<string, string>>,
): SessionParameters {
  if (recurring)
    return { subscription_data: { metadata, ...given('trial_period_days', trialDays) } }
  if (trialDays === undefined) return { payment_intent_data: { metadata } }
  throw new AppError(
    'invalid_request',
    `trial_period_days: the price of the plan ${plan} is paid once: leave trial_period_days out`,
  )
}

/**
 * With automatic tax, Stripe rejects an existing customer without an address unless Checkout may collect one:
 * https://docs.stripe.com/tax/checkout
 */
function customerOf({
  customer,
  customer_email,
  automatic_tax,
}: CheckoutRequest): SessionParameters {
  return {
    ...given('customer', customer),
    ...given('customer_email', customer_email),
    ...(automatic_tax === undefined ? {} : { automatic_tax: { enabled: automatic_tax } }),
    ...(customer !== undefined && automatic_tax === true
      ? { customer_update: { address: 'auto' } }
      : {}),
  }
}

function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [key in Name]?: Value } | Record<never, never> {
  return value === undefined ? {} : { [name]: value }
}
