import { invalidRequest } from '../api/stripe-error.ts'
import { create, type UnitOfWork } from '../context.ts'
import { moveBalance } from '../objects/balance-transaction.ts'
import { saveCharge } from '../objects/charge.ts'
import type { Charge, Metadata, Refund } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'
import { outcomeOf } from './test-cards.ts'

export interface NewRefund {
  /** Minor units; null for the whole remainder. */
  readonly amount?: number | null
  readonly reason?: string | null
  readonly metadata?: Metadata
}

const processingMsDefault = 2_000

/**
 * Refunds a charge: `refund.created`, `charge.refunded`.
 * Throws Stripe's errors if nothing, or less than the amount, is left to refund.
 */
export function makeRefund(unit: UnitOfWork, charge: Charge, given: NewRefund): Refund {
  const left = charge.amount_captured - (charge.amount_refunded - charge.$.released)
  const amount = given.amount ?? left
  refuseImpossible(charge, amount, left)
  const card = outcomeOf(charge.payment_method ?? '')
  const fate = card?.kind === 'succeeds' ? card.refund : undefined
  const processingMs = unit.faults.current.refundProcessingMs
  const pending = fate === 'pending' || processingMs > 0
  const refund = newRefund(unit, charge, { ...given, amount })
  refund.status = pending ? 'pending' : 'succeeded'
  book(unit, refund)
  create(unit, 'refund', refund, charge.payment_intent)
  if (!pending) unit.truth.add('refunded', refund.id, refund.created)
  emitRefund(unit, charge, refund)
  const later = unit.nowMs + (processingMs || processingMsDefault)
  if (pending) unit.jobs.add({ kind: 'finish_refund', objectId: refund.id }, later)
  if (fate === 'fails_later') unit.jobs.add({ kind: 'fail_refund', objectId: refund.id }, later)
  return refund
}

/**
 * Releases an uncaptured authorisation as accounts on versions before 2025-03-31.basil do: by a Refund object,
 * with a balance transaction only if the whole authorisation had one. No captured money is returned.
 */
export function releaseAsRefund(
  unit: UnitOfWork,
  charge: Charge,
  { amount, reason }: { readonly amount: number; readonly reason: string | null },
): void {
  const refund = newRefund(unit, charge, { amount, reason })
  refund.destination_details = { card: { type: 'reversal' }, type: 'card' }
  if (charge.balance_transaction !== null) book(unit, refund)
  charge.$ = { released: amount }
  create(unit, 'refund', refund, charge.payment_intent)
  emitRefund(unit, charge, refund)
}

function newRefund(
  unit: UnitOfWork,
  charge: Charge,
  { amount, reason, metadata }: NewRefund & { readonly amount: number },
): Refund {
  return {
    id: unit.id('refund'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: unit.nowSeconds,
    currency: charge.currency,
    destination_details: { card: { reference_status: 'pending', type: 'refund' }, type: 'card' },
    metadata: metadata ?? {},
    payment_intent: charge.payment_intent,
    reason: reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  }
}

function book(unit: UnitOfWork, refund: Refund): void {
  const { id: source, currency, charge } = refund
  const type = charge.startsWith('py_') ? 'payment_refund' : 'refund'
  refund.balance_transaction = moveBalance(unit, {
    type,
    source,
    amount: -refund.amount,
    currency,
  })
}

function emitRefund(unit: UnitOfWork, charge: Charge, refund: Refund): void {
  const previous = { amount_refunded: charge.amount_refunded, refunded: charge.refunded }
  charge.amount_refunded += refund.amount
  charge.refunded = charge.amount_refunded >= charge.amount_captured + charge.$.released
  saveCharge(unit, charge)
  emit(unit, 'refund.created', refund)
  emit(unit, 'charge.refunded', charge, { previous })
}

/** A pending refund succeeds: `refund.updated` and the older `charge.refund.updated`. */
export function finishRefund(unit: UnitOfWork, id: string): void {
  const refund = unit.store.find('refund', id)
  if (refund?.status !== 'pending') return
  change(unit, refund, 'succeeded')
  unit.truth.add('refunded', refund.id, refund.created)
}

/** The bank returns a refund, pending or already succeeded: `refund.failed`. */
export function failRefund(unit: UnitOfWork, id: string): Refund | undefined {
  const refund = unit.store.find('refund', id)
  const charge = refund && unit.store.find('charge', refund.charge)
  if (!refund || !charge || refund.status === 'failed') return undefined
  unit.jobs.remove({ kind: 'finish_refund', objectId: refund.id })
  if (refund.status === 'succeeded') unit.truth.add('refund_failed', refund.id, refund.created)
  charge.amount_refunded -= refund.amount
  charge.refunded = false
  saveCharge(unit, charge)
  refund.failure_reason = 'expired_or_canceled_card'
  change(unit, refund, 'failed')
  emit(unit, 'refund.failed', refund)
  return refund
}

function change(unit: UnitOfWork, refund: Refund, status: Refund['status']): void {
  const previous = { status: refund.status }
  refund.status = status
  unit.store.save('refund', refund, refund.payment_intent)
  emit(unit, 'refund.updated', refund, { previous })
  emit(unit, 'charge.refund.updated', refund, { previous })
}

function refuseImpossible(charge: Charge, amount: number, left: number): void {
  if (charge.status !== 'succeeded' || !charge.captured)
    throw invalidRequest(`Charge ${charge.id} was not captured and cannot be refunded.`)
  if (left <= 0)
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    })
  if (amount < 1)
    throw invalidRequest('This value must be greater than or equal to 1.', {
      code: 'parameter_invalid_integer',
      param: 'amount',
    })
  if (amount > left)
    throw invalidRequest(
      `Refund amount (${money(amount, charge.currency)}) is greater than unrefunded amount on ` +
        `charge (${money(left, charge.currency)})`,
      { param: 'amount' },
    )
}

function money(amountMinor: number, currency: string): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(amountMinor / 100)
}
