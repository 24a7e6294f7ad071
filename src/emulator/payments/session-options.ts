import {
  metadataOf,
  nested,
  optionalBoolean,
  optionalInteger,
  optionalText,
  type Params,
} from '../api/params.ts'
import type { Call } from '../api/route.ts'
import { invalidRequest, noSuch } from '../api/stripe-error.ts'
import type { CheckoutSession } from '../objects/types.ts'

type Mode = CheckoutSession['mode']

export type SessionOptions = ReturnType<typeof sessionOptions>

/** The options of a new session beside its price: those that it shows, and those stored for later. */
export function sessionOptions(call: Call, mode: Mode) {
  const { params } = call
  refuseOfOtherMode(params, mode)
  const paymentData = nested(params, 'payment_intent_data')
  const subscriptionData = nested(params, 'subscription_data')
  return {
    shown: {
      ...customerOf(call),
      allow_promotion_codes: optionalBoolean(params, 'allow_promotion_codes'),
      automatic_tax: automaticTax(params),
      locale: optionalText(params, 'locale'),
      metadata: metadataOf(params),
    },
    kept: {
      paymentData: {
        metadata: metadataOf(paymentData),
        description: optionalText(paymentData, 'description'),
        shipping: paymentData.shipping === undefined ? null : nested(paymentData, 'shipping'),
      },
      subscriptionData: {
        metadata: metadataOf(subscriptionData),
        trialDays: trialDaysOf(subscriptionData),
      },
    },
  }
}

function customerOf({ unit, params }: Call) {
  const customer = optionalText(params, 'customer')
  const email = optionalText(params, 'customer_email')
  if (customer !== null && email !== null)
    throw invalidRequest(
      'You may only specify one of these parameters: customer, customer_email.',
      { param: 'customer_email' },
    )
  if (email !== null && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
    throw invalidRequest(`Invalid email address: ${email}`, {
      code: 'email_invalid',
      param: 'customer_email',
    })
  const known = customer === null ? undefined : unit.store.find('customer', customer)
  if (customer !== null && !known) throw noSuch('customer', customer, 'customer')
  if (customer === null && params.customer_update !== undefined)
    throw invalidRequest('`customer_update` can only be used with `customer`.', {
      param: 'customer_update',
    })
  refuseTaxWithoutAddress(params, customer)
  return {
    customer,
    customer_email: email,
    customer_details: email === null && customer === null ? null : detailsOf(email ?? known?.email),
  }
}

function detailsOf(email: unknown) {
  return {
    address: null,
    email: typeof email === 'string' ? email : null,
    name: null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: null,
  }
}

function refuseTaxWithoutAddress(params: Params, customer: string | null): void {
  const wantsTax = optionalBoolean(nested(params, 'automatic_tax'), 'enabled') === true
  const asksAddress = optionalText(nested(params, 'customer_update'), 'address') === 'auto'
  if (!wantsTax || customer === null || asksAddress) return
  throw invalidRequest(
    'Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid ' +
      "address to the Customer or set either `customer_update[address]` to 'auto' or " +
      "`customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
    { code: 'customer_tax_location_invalid' },
  )
}

function automaticTax(params: Params) {
  const enabled = optionalBoolean(nested(params, 'automatic_tax'), 'enabled') === true
  return enabled
    ? {
        enabled,
        liability: { type: 'self' },
        provider: 'stripe',
        status: 'requires_location_inputs',
      }
    : { enabled, liability: null, provider: null, status: null }
}

function trialDaysOf(data: Params): number | null {
  const days = optionalInteger(data, 'trial_period_days')
  if (days === null || days >= 1) return days
  throw invalidRequest('The trial must be at least 1 day.', {
    param: 'subscription_data[trial_period_days]',
  })
}

const ofMode: Readonly<Record<Mode, string>> = {
  payment: 'payment_intent_data',
  subscription: 'subscription_data',
}

function refuseOfOtherMode(params: Params, mode: Mode): void {
  for (const name of Object.values(ofMode))
    if (name !== ofMode[mode] && params[name] !== undefined)
      throw invalidRequest(`You can not pass \`${name}\` in \`${mode}\` mode.`, { param: name })
}
