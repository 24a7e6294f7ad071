import { metadataOf, nested, optionalText, requiredText } from '../api/params.ts'
import type { ApiRoute } from '../api/route.ts'
import { noSuch } from '../api/stripe-error.ts'
import { create, type UnitOfWork } from '../context.ts'
import { type CardOutcome, outcomeOf, tokenOf } from '../payments/test-cards.ts'

/** What the payment method will do. Throws `resource_missing` for an unknown one. */
export function cardFor(unit: UnitOfWork, id: string, param = 'payment_method'): CardOutcome {
  const token = unit.store.find('payment_method', id)?.$.token ?? id
  const outcome = outcomeOf(token)
  if (outcome) return outcome
  throw noSuch('PaymentMethod', id, param)
}

/** Whether it is a bank debit, whose charges Stripe calls `py_…`. */
export function isBankDebit({ store }: UnitOfWork, id: string | null): boolean {
  const method = id === null ? undefined : store.find('payment_method', id)
  return method?.type === 'sepa_debit' || id?.startsWith('pm_sepaDebit') === true
}

/** A charge's `payment_method_details`. */
export function methodDetails(unit: UnitOfWork, id: string | null): object {
  return isBankDebit(unit, id)
    ? { type: 'sepa_debit', sepa_debit: { country: 'AT', last4: '3201' } }
    : { type: 'card', card: { brand: 'visa', last4: '4242' } }
}

/** A payment method as an error shows it, stored or not. */
export function shownMethod(unit: UnitOfWork, id: string): object {
  const { created = unit.nowSeconds, type = 'card' } = unit.store.find('payment_method', id) ?? {}
  return {
    id,
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    created,
    customer: null,
    livemode: false,
    metadata: {},
    ...methodDetails(unit, id),
    type,
  }
}

export const paymentMethodRoutes: readonly ApiRoute[] = [
  {
    method: 'post',
    path: '/v1/payment_methods',
    handle: ({ unit, params }) => {
      const type = requiredText(params, 'type')
      const card = optionalText(nested(params, 'card'), 'token')
      const iban = optionalText(nested(params, 'sepa_debit'), 'iban')
      const token = tokenOf(type, { ...(card && { token: card }), ...(iban && { iban }) })
      if (!outcomeOf(token)) throw noSuch('token', token, 'card[token]')
      return create(unit, 'payment_method', {
        [type]: type === 'card' ? { brand: 'visa', last4: '4242' } : {},
        id: unit.id('payment_method'),
        object: 'payment_method',
        allow_redisplay: 'unspecified',
        billing_details: nested(params, 'billing_details'),
        created: unit.nowSeconds,
        customer: null,
        livemode: false,
        metadata: metadataOf(params),
        type,
        $: { token },
      })
    },
  },
  {
    method: 'get',
    path: '/v1/payment_methods/:id',
    handle: ({ unit, id }) => {
      const method = unit.store.find('payment_method', id)
      if (!method) throw noSuch('PaymentMethod', id, 'payment_method', 404)
      return method
    },
  },
]
