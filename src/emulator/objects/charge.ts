import { listAnswer } from '../api/list-answer.ts'
import { optionalText } from '../api/params.ts'
import type { ApiRoute } from '../api/route.ts'
import { noSuch } from '../api/stripe-error.ts'
import { create, type UnitOfWork } from '../context.ts'
import { moveBalance } from './balance-transaction.ts'
import { isBankDebit, methodDetails } from './payment-method.ts'
import type { Charge, PaymentIntent } from './types.ts'

interface NewCharge {
  readonly status: Charge['status']
  readonly captured: boolean
  readonly failure?: {
    readonly code: string
    readonly message: string
    readonly declineCode: string | null
  }
}

/** One attempt to take the PaymentIntent's money. Emits nothing. */
export function createCharge(
  unit: UnitOfWork,
  intent: PaymentIntent,
  { status, captured, failure }: NewCharge,
): Charge {
  const bank = isBankDebit(unit, intent.payment_method)
  const charge: Charge = {
    id: unit.id(bank ? 'bank_charge' : 'charge'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: captured && status !== 'failed' ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: emptyAddress, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: 'EMULATOR',
    captured,
    created: unit.nowSeconds,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcome(status, failure?.declineCode ?? failure?.code),
    paid: status === 'succeeded',
    payment_intent: intent.id,
    payment_method: intent.payment_method,
    payment_method_details: methodDetails(unit, intent.payment_method),
    radar_options: {},
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: intent.shipping ?? null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
    $: { released: 0 },
  }
  return create(unit, 'charge', charge, intent.id)
}

const emptyAddress = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
}

/** Adds a charge to the account's balance. Changes the charge without storing it. */
export function bookCharge(unit: UnitOfWork, charge: Charge, amount: number): void {
  const type = charge.id.startsWith('py_') ? 'payment' : 'charge'
  const { id: source, currency } = charge
  charge.balance_transaction = moveBalance(unit, { type, source, amount, currency })
}

/** Stores a changed charge. */
export function saveCharge(unit: UnitOfWork, charge: Charge): void {
  unit.store.save('charge', charge, charge.payment_intent)
}

/** A charge's `outcome`. */
export function outcome(status: Charge['status'], reason: string | undefined) {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: status === 'failed' ? 'declined_by_network' : 'approved_by_network',
    reason: reason ?? null,
    risk_level: 'normal',
    risk_score: 12,
    seller_message:
      status === 'failed' ? 'The bank did not return any further details.' : 'Payment complete.',
    type: status === 'failed' ? 'issuer_declined' : 'authorized',
  }
}

export const chargeRoutes: readonly ApiRoute[] = [
  {
    method: 'get',
    path: '/v1/charges',
    accepts: [
      'created',
      'customer',
      'ending_before',
      'limit',
      'payment_intent',
      'starting_after',
      'transfer_group',
    ],
    handle: (call) => {
      const intent = optionalText(call.params, 'payment_intent')
      const customer = optionalText(call.params, 'customer')
      return listAnswer(call, 'charge', '/v1/charges', {
        ...(intent !== null && { groupKeys: [intent] }),
        ...(customer !== null && { matches: (charge) => charge.customer === customer }),
      })
    },
  },
  {
    method: 'get',
    path: '/v1/charges/:id',
    handle: ({ unit, id }) => {
      const charge = unit.store.find('charge', id)
      if (!charge) throw noSuch('charge', id, 'id', 404)
      return charge
    },
  },
]
