import { type RefundSource, UnansweredCharge } from '../client/refund-source.ts'
import { isKeyRefused, isRefusedByStripe } from '../client/stripe-error.ts'
import { Unreadable } from './unreadable.ts'

/**
 * The charge of a refund. Throws `Unreadable` if Stripe does not return it; rejects as the gateway's
 * calls do if a retry may succeed.
 */
export async function askCharge(chargeId: string, refunds: RefundSource): Promise<unknown> {
  const charge = await ask(() => refunds.retrieveCharge(chargeId))
  if (charge === undefined) throw new Unreadable('charge: Stripe has no charge with this id')
  return charge
}

/** The refunds of a charge. Throws and rejects as `askCharge` does. */
export function askRefunds(chargeId: string, refunds: RefundSource): Promise<readonly unknown[]> {
  return ask(() => refunds.listRefunds(chargeId))
}

async function ask<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    if (cause instanceof UnansweredCharge) throw new Unreadable(`charge: ${cause.message}`)
    if (!isRefusedByStripe(cause) || isKeyRefused(cause)) throw cause
    throw new Unreadable(
      'charge: Stripe refused access: give the key the permission to read charges and refunds, then replay',
    )
  }
}
