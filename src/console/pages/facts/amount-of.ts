import type { FactRow } from '../../../database/schema.ts'
import { formatAmount } from '../../../ledger/amount.ts'

/** A fact's amount in its currency; empty if Stripe gave none. */
export function amountOf({ amount_minor, currency }: FactRow): string {
  return amount_minor === null || currency === null ? '' : formatAmount(amount_minor, currency)
}
