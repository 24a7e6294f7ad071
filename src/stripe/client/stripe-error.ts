import Stripe from 'stripe'
import { AppError, invalidField } from '../../errors.ts'
import { describeReason, missingPermission } from './stripe-reason.ts'

const { errors } = Stripe

/** Runs a call to Stripe; every failure becomes an `AppError` whose code shows who has to act. */
export async function callStripe<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw toAppError(what, cause)
  }
}

/** Whether Stripe says that it has no such object. */
export function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'resource_missing'
}

/**
 * How long Stripe asks us to wait, in milliseconds, when a call was rate limited;
 * undefined for every other failure. Stripe's own client does not retry a 429.
 */
export function rateLimitWaitMs(failure: unknown): number | undefined {
  if (!(failure instanceof AppError)) return undefined
  const { cause } = failure
  if (!(cause instanceof errors.StripeRateLimitError)) return undefined
  const seconds = Number(cause.headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 1000
}

/** Whether Stripe no longer has the object after which a list was to continue. */
export function isUnknownCursor(failure: unknown): boolean {
  if (!(failure instanceof AppError) || !isMissing(failure.cause)) return false
  const { cause } = failure
  return cause instanceof errors.StripeInvalidRequestError && cause.param === 'starting_after'
}

/** Whether Stripe rejects the call permanently, such as when a restricted key lacks a permission. */
export function isRefusedByStripe(failure: unknown): boolean {
  return failure instanceof AppError && failure.code === 'stripe_rejected'
}

/** Whether Stripe could not be reached or returned an unexpected response. */
export function isUnavailable(failure: unknown): boolean {
  return failure instanceof AppError && failure.code === 'stripe_unavailable'
}

/** Whether a restricted key may not make the call. */
export function lacksPermission(failure: unknown): boolean {
  return failure instanceof AppError && isPermissionError(failure.cause)
}

/** Stripe's name for the missing permission, such as `rak_charge_read`, if it gives one. */
export function lackingPermission(failure: unknown): string | undefined {
  if (!(failure instanceof AppError)) return undefined
  const { cause } = failure
  return cause instanceof errors.StripePermissionError ? missingPermission(cause) : undefined
}

/** Whether an error of Stripe's client means that a restricted key may not make the call. */
export function isPermissionError(cause: unknown): boolean {
  return cause instanceof errors.StripePermissionError
}

/** Whether Stripe rejects the key itself, so that every call would fail. */
export function isKeyRefused(failure: unknown): boolean {
  return failure instanceof AppError && failure.cause instanceof errors.StripeAuthenticationError
}

/** Stripe's header on a replayed response for an idempotency key: https://docs.stripe.com/api/idempotent_requests */
export function spentKeyError(cause: unknown): AppError | undefined {
  if (!(cause instanceof errors.StripeError)) return undefined
  const { headers, statusCode = 0 } = cause
  if (statusCode < 500 || headers?.['idempotent-replayed'] !== 'true') return undefined
  return new AppError(
    'idempotency_key_spent',
    `Stripe failed (${statusCode}) on the first request with this Idempotency-Key and repeats that ` +
      'response for as long as it keeps the key: use a new key',
    { cause },
  )
}

/** Our API's names of the parameters that callers choose: if Stripe rejects one, the caller has to fix it. */
const callerParameters: ReadonlyMap<string, string> = new Map([
  ['allow_promotion_codes', 'allow_promotion_codes'],
  ['automatic_tax', 'automatic_tax'],
  ['cancel_url', 'cancel_url'],
  ['client_reference_id', 'client_reference_id'],
  ['customer', 'customer'],
  ['customer_email', 'customer_email'],
  ['customer_update', 'automatic_tax'],
  ['line_items[0][quantity]', 'quantity'],
  ['locale', 'locale'],
  ['metadata', 'metadata'],
  ['subscription_data[trial_period_days]', 'trial_period_days'],
  ['success_url', 'success_url'],
])

/** By the full name, otherwise by its prefix: `metadata[user]` is one of `metadata`. */
function callerParameterOf(param: string): string | undefined {
  return callerParameters.get(param) ?? callerParameters.get(param.replace(/\[.*$/, ''))
}

function toAppError(what: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  if (!(cause instanceof errors.StripeError))
    return new AppError('stripe_unavailable', `${what} failed: try again`, { cause })
  if (cause.code === 'idempotency_key_in_use')
    return new AppError(
      'idempotency_conflict',
      'a request with this Idempotency-Key is still in progress: wait for its response',
    )
  if (cause instanceof errors.StripeIdempotencyError)
    return new AppError(
      'idempotency_conflict',
      'this Idempotency-Key was used for another request: use a new key for a new request',
    )
  if (cause instanceof errors.StripeAuthenticationError)
    return rejected(what, 'the key', 'check STRIPE_SECRET_KEY', cause)
  if (cause instanceof errors.StripePermissionError)
    return rejected(what, 'the key', explainPermission(missingPermission(cause)), cause)
  if (cause instanceof errors.StripeInvalidRequestError) {
    const { param = '' } = cause
    const callerParameter = callerParameterOf(param)
    if (callerParameter !== undefined) return invalidField('body', callerParameter, cause.message)
    if (param.startsWith('line_items'))
      return new AppError(
        'plan_unavailable',
        `Stripe rejected the price: ${describeReason(cause)}`,
        { cause },
      )
    return rejected(what, cause.param ?? 'the request', cause.code, cause)
  }
  const retryAfterSeconds = retryAfterSecondsOf(cause)
  if (cause instanceof errors.StripeRateLimitError)
    return new AppError(
      'stripe_unavailable',
      `${what}: Stripe's rate limit is reached: try again in ${retryAfterSeconds ?? 1} s. Stripe's reason: ${describeReason(cause)}`,
      { cause, retryAfterSeconds },
    )
  return new AppError(
    'stripe_unavailable',
    `${what}: Stripe did not respond as expected: try again. Stripe's reason: ${describeReason(cause)}`,
    { cause, retryAfterSeconds },
  )
}

const retryAfterSecondsMax = 3_600

function retryAfterSecondsOf({ headers }: StripeFailure): number | undefined {
  const seconds = Math.ceil(Number(headers?.['retry-after']))
  return seconds > 0 ? Math.min(seconds, retryAfterSecondsMax) : undefined
}

type StripeFailure = InstanceType<typeof errors.StripeError>

function explainPermission(name: string | undefined): string {
  return `give the restricted key the permission${name === undefined ? '' : ` ${name}`}`
}

function rejected(
  what: string,
  thing: string,
  remedy: string | undefined,
  cause: StripeFailure,
): AppError {
  const hint = remedy === undefined ? '' : ` (${remedy})`
  const message = `${what}: Stripe refused ${thing}${hint}: ${describeReason(cause)}`
  return new AppError('stripe_rejected', message, {
    cause,
    retryAfterSeconds: retryAfterSecondsOf(cause),
  })
}
