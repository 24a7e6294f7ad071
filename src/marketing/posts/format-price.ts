import { formatAmount } from '../../ledger/amount.ts'

/** A price as Stripe returns it. */
export interface PriceAmount {
  /** Null if there is no single amount, such as for tiers, or an amount that the customer chooses. */
  readonly unitAmountMinor: number | null
  /** Three letters, in either case. */
  readonly currency: string
}

/** Such as "€29.00"; null if there is no single amount. Pure. */
export function formatPrice({ unitAmountMinor, currency }: PriceAmount): string | null {
  return unitAmountMinor === null ? null : formatAmount(unitAmountMinor, currency)
}
