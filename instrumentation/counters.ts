/** The contract: everything this service publishes about the business. A new counter is one row. */
export const counters = {
  marketing_posts_total: {
    description: 'Promotional posts that a channel confirmed.',
    attribute: null,
    values: null,
  },
  billing_checkout_started_total: {
    description: 'Checkout Sessions that Stripe created, by the plan they sell.',
    attribute: 'plan',
    /** The configured plans, and every plan that already has a total. */
    values: 'plans',
  },
  billing_payments_total: {
    description:
      'Payments that succeeded, attempts that failed and refunds that succeeded, as Stripe says. The three are different events: do not add them up.',
    attribute: 'status',
    values: ['success', 'failed', 'refunded'],
  },
} as const
