import { setImmediate as nextTurn } from 'node:timers/promises'
import { type EmulatorContext, runUnitOfWork, type UnitOfWork } from '../context.ts'
import { attemptPayment } from '../payments/payments.ts'
import { makeRefund } from '../payments/refunds.ts'
import { startPayment } from '../payments/start-payment.ts'
import type { CardOutcome } from '../payments/test-cards.ts'

export interface BulkOrder {
  readonly count: number
  readonly outcome: 'success' | 'failed' | 'refunded'
  readonly amount: number
  readonly currency: string
}

export interface BulkResult {
  readonly payment_intents: string[]
  readonly charges: string[]
  readonly refunds: string[]
}

const perTurn = 100

/** Creates many payments at once, for load: real objects, real events, one transaction per hundred. */
export async function bulkPayments(
  context: EmulatorContext,
  order: BulkOrder,
): Promise<BulkResult> {
  const result: BulkResult = { payment_intents: [], charges: [], refunds: [] }
  for (let done = 0; done < order.count; done += perTurn) {
    const size = Math.min(perTurn, order.count - done)
    runUnitOfWork(context, (unit) => {
      for (let each = 0; each < size; each += 1) payOnce(unit, order, result)
    })
    await nextTurn()
  }
  return result
}

function payOnce(unit: UnitOfWork, order: BulkOrder, result: BulkResult): void {
  const intent = startPayment(unit, order)
  intent.payment_method = 'pm_card_visa'
  attemptPayment(unit, intent, order.outcome === 'failed' ? declined : visa)
  result.payment_intents.push(intent.id)
  const charge = intent.latest_charge && unit.store.find('charge', intent.latest_charge)
  if (!charge) return
  result.charges.push(charge.id)
  if (order.outcome === 'refunded' && charge.status === 'succeeded')
    result.refunds.push(makeRefund(unit, charge, {}).id)
}

const visa: CardOutcome = { kind: 'succeeds' }
const declined: CardOutcome = {
  kind: 'declined',
  code: 'card_declined',
  declineCode: 'generic_decline',
}
