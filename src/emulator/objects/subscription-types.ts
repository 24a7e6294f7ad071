import type { Price, StripeObject } from './types.ts'

export interface Invoice extends StripeObject {
  object: 'invoice'
  amount_due: number
  amount_paid: number
  amount_remaining: number
  attempt_count: number
  attempted: boolean
  currency: string
  customer: string
  status: 'open' | 'paid'
  $: { subscription: string; paymentIntent: string | null }
}

interface SubscriptionItem extends StripeObject {
  object: 'subscription_item'
  price: Price
  quantity: number | null
  current_period_start: number
  current_period_end: number
}

export interface Subscription extends StripeObject {
  object: 'subscription'
  currency: string
  customer: string
  items: { object: 'list'; data: SubscriptionItem[]; has_more: false; url: string }
  latest_invoice: string | null
  status: 'incomplete' | 'trialing' | 'active' | 'past_due'
}
