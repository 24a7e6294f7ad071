import { createHash } from 'node:crypto'
import type { Recorder } from '../../instrumentation/business/recorder.ts'
import { AppError } from '../errors.ts'
import { checkoutKey } from '../ledger/fact-key.ts'
import type { CreatedCheckout, StripeGateway } from '../stripe/client/gateway.ts'
import type { CheckoutRequest } from './checkout-request.ts'
import type { CheckoutTerms, CheckoutTermsStore } from './checkout-terms.ts'
import type { PlanPrice, Plans } from './plans.ts'
import type { ReturnPages } from './return-pages.ts'
import { refuseForeignPage } from './return-url.ts'
import { sessionParameters } from './session-parameters.ts'

export interface CheckoutCaller {
  readonly keyId: string
  readonly idempotencyKey: string | undefined
}

/** A session that was counted. */
interface StartedCheckout extends CreatedCheckout {
  /** Whether an earlier request with the same Idempotency-Key was counted for it. */
  readonly isReplay: boolean
}

export interface Checkouts {
  readonly plans: Plans
  readonly gateway: Pick<StripeGateway, 'createCheckout'>
  readonly recorder: Recorder
  readonly ledgerId: string
  readonly returnPages: ReturnPages
  readonly terms: CheckoutTermsStore
}

/**
 * Creates a Checkout Session for a plan and records that it started; resolves after the commit.
 * The same Idempotency-Key returns the same session for as long as Stripe keeps the key, even after the
 * plan's price moved, because the terms of the first request are stored. If Stripe rejects a price, or its
 * lookup key has moved since it was read, prices are read again once, so that no plan is sold at a former
 * price. The session that revealed the move stays unused, but counts as started like any other.
 */
export async function createCheckout(
  request: CheckoutRequest,
  caller: CheckoutCaller,
  checkouts: Checkouts,
): Promise<StartedCheckout> {
  const { returnPages: pages } = checkouts
  if (request.success_url !== undefined)
    refuseForeignPage('success_url', request.success_url, pages)
  if (request.cancel_url !== undefined) refuseForeignPage('cancel_url', request.cancel_url, pages)
  const key = callerKeyOf(caller)
  const terms = await termsOf(request, key, checkouts)
  const first = await start(request, terms, key, checkouts).catch(toRefusal)
  const isRefused = first instanceof AppError
  if (!isRefused && !hasMoved(first, terms)) return first
  const next = await nextTerms(request, terms, key, checkouts)
  if (next !== undefined) return start(request, next, key, checkouts)
  if (isRefused) throw first
  return first
}

/** Returns the rejection of a price; throws every other failure. */
function toRefusal(cause: unknown): AppError {
  if (cause instanceof AppError && cause.code === 'plan_unavailable') return cause
  throw cause
}

/** The response shows the price's current lookup key. */
function hasMoved({ lookupKey: now }: CreatedCheckout, { lookupKey }: CheckoutTerms): boolean {
  return lookupKey !== null && now !== undefined && now !== lookupKey
}

/** The terms at the plan's current price; undefined if these terms have that price already. */
async function nextTerms(
  request: CheckoutRequest,
  terms: CheckoutTerms,
  key: string | undefined,
  { plans, returnPages, terms: store }: Checkouts,
): Promise<CheckoutTerms | undefined> {
  const planPrice = await plans.resolveAgain(request.plan, request.price)
  if (planPrice.price.id === terms.priceId) return undefined
  const next = toTerms(request, planPrice, returnPages, terms.attempt + 1)
  return key === undefined ? next : store.replace(key, next)
}

/** Creates the session on these terms and records it; resolves after the commit. */
async function start(
  request: CheckoutRequest,
  terms: CheckoutTerms,
  key: string | undefined,
  checkouts: Checkouts,
): Promise<StartedCheckout> {
  const checkout = await sell(request, terms, key, checkouts)
  const recorded = await checkouts.recorder.recordCheckoutStarted(terms.plan, {
    key: checkoutKey(checkout.id),
    occurredAt: checkout.createdAt,
    objectCreatedAt: checkout.createdAt,
    source: 'api',
    evidence: checkout.id,
    amountMinor: checkout.amountMinor,
    currency: checkout.currency,
  })
  return { ...checkout, isReplay: recorded === 'duplicate' }
}

/** The terms of the first request with this key, or current terms for a new key. Throws `idempotency_conflict`. */
async function termsOf(
  request: CheckoutRequest,
  key: string | undefined,
  { plans, terms, returnPages }: Checkouts,
): Promise<CheckoutTerms> {
  const kept = key === undefined || !plans.has(request.plan) ? undefined : await terms.find(key)
  if (kept !== undefined) return refuseOtherRequest(kept, request)
  const planPrice = await plans.resolve(request.plan, request.price)
  const today = toTerms(request, planPrice, returnPages, 0)
  if (key === undefined) return today
  return refuseOtherRequest(await terms.keep(key, today), request)
}

function sell(
  request: CheckoutRequest,
  terms: CheckoutTerms,
  key: string | undefined,
  { gateway, ledgerId }: Checkouts,
): Promise<CreatedCheckout> {
  const parameters = sessionParameters(request, terms, ledgerId)
  return gateway.createCheckout(
    parameters,
    key === undefined || terms.attempt === 0 ? key : hash(`${key}\n${terms.attempt}`),
  )
}

function toTerms(
  { plan, price: wantedPrice }: CheckoutRequest,
  { price, lookupKey }: PlanPrice,
  { successUrl, cancelUrl }: ReturnPages,
  attempt: number,
): CheckoutTerms {
  return {
    plan,
    wantedPrice: wantedPrice ?? null,
    priceId: price.id,
    lookupKey,
    recurring: price.recurring !== null,
    metered: price.recurring?.metered === true,
    successUrl,
    cancelUrl,
    attempt,
  }
}

/** Stripe itself detects every other difference from the first request with the key. */
function refuseOtherRequest(terms: CheckoutTerms, { plan, price }: CheckoutRequest): CheckoutTerms {
  if (terms.plan === plan && terms.wantedPrice === (price ?? null)) return terms
  throw new AppError(
    'idempotency_conflict',
    'this Idempotency-Key was used for another plan or price: use a new key for a new request',
  )
}

/** Hashes the key with the caller's, so that two callers can use the same key independently. */
function callerKeyOf({ keyId, idempotencyKey }: CheckoutCaller): string | undefined {
  return idempotencyKey === undefined ? undefined : hash(`${keyId}\n${idempotencyKey}`)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
