import type { FactRow } from '../../../database/schema.ts'
import { formatMoney } from '../../../money/format-money.ts'

/** A fact's amount in its currency; empty if Stripe gave none. */
export function amountOf({ amount_minor, currency }: FactRow): string {
  return amount_minor === null || currency === null ? '' : formatMoney(amount_minor, currency)
}
