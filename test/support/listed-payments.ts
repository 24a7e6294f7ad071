/** The event that a payment succeeded, at this second. */
export function succeededEvent(name: string, created: number) {
  return {
    id: `evt_${name}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    type: 'payment_intent.succeeded',
    created,
    livemode: false,
    data: { object: succeededIntent(name, created) },
  }
}

/** The charge of the same payment, with its PaymentIntent. */
export function succeededCharge(name: string, created: number) {
  return {
    id: `ch_${name}`,
    object: 'charge',
    created,
    livemode: false,
    status: 'succeeded',
    paid: true,
    captured: true,
    amount: 2000,
    amount_captured: 2000,
    currency: 'usd',
    payment_intent: succeededIntent(name, created),
  }
}

function succeededIntent(name: string, created: number) {
  return {
    id: `pi_${name}`,
    object: 'payment_intent',
    created,
    livemode: false,
    status: 'succeeded',
    amount: 2000,
    amount_received: 2000,
    currency: 'usd',
    latest_charge: `ch_${name}`,
  }
}
