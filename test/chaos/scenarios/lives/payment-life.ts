import type { Random } from '../../../support/random.ts'

/** A Stripe object or event; only what somebody reads of it. */
type Payload = { readonly id: string; readonly [name: string]: unknown }

/** One payment from its first attempt to its last refund: what Stripe shows, and what happened. */
export interface PaymentLife {
  /** In the order in which they came to be, as the newest API version renders them. */
  readonly events: readonly Payload[]
  /** The same as an account of API 2020-08-27 lists them. */
  readonly oldEvents: ReadonlyMap<string, Payload>
  /** As the lists show them at the end, charges with their PaymentIntent, refunds with their charge. */
  readonly charges: readonly Payload[]
  readonly refunds: readonly Payload[]
  /** Charges as they are retrieved, with their balance transaction. */
  readonly chargesById: ReadonlyMap<string, Payload>
  /** Amounts of what happened. */
  readonly expected: {
    readonly success: readonly number[]
    readonly failed: readonly number[]
    readonly refunded: readonly number[]
  }
}

const amount = 5000

/** A life of any kind: failures, a hold, a capture in part, a cancellation, refunds in parts. */
export function createPaymentLife(random: Random, number: number, from: number): PaymentLife {
  const writer = createWriter(random, number, from)
  const failures = random.integer(0, 3)
  for (let index = 0; index < failures; index += 1) writer.fail()
  const end = random.pick(['none', 'paid', 'part captured', 'hold released', 'hold expired'])
  if (end === 'paid') writer.capture(amount)
  if (end === 'part captured') writer.capture(random.integer(1, 4) * 1000)
  if (end === 'hold released') writer.release('requested_by_customer')
  if (end === 'hold expired') writer.release('expired_uncaptured_charge')
  return writer.finish()
}

function createWriter(random: Random, number: number, from: number) {
  /** Before API 2025-03-31.basil what is released becomes a Refund object. */
  const isOldWorld = random.chance(0.5)
  const id = (prefix: string, index: number | string) => `${prefix}_L${number}_${index}`
  const intent = { id: id('pi', 0), object: 'payment_intent', amount, currency: 'usd' }
  const events: Payload[] = []
  const oldEvents = new Map<string, Payload>()
  const charges: Payload[] = []
  const refunds: Payload[] = []
  const chargesById = new Map<string, Payload>()
  const expected = { success: [] as number[], failed: [] as number[], refunded: [] as number[] }
  let seconds = from
  let latestCharge: string | null = null
  let state: object = { status: 'requires_payment_method', amount_received: 0 }

  const tell = (type: string, object: object, changes: object = {}): void => {
    const event = {
      id: id('evt', events.length),
      object: 'event',
      created: seconds,
      livemode: false,
      request: { id: random.chance(0.5) ? id('req', seconds) : null },
      type,
      data: { object },
      ...changes,
    }
    events.push(event)
    const { latest_charge: latest, ...old } = object as { latest_charge?: string | null }
    const charges = { data: latest ? [{ id: latest }] : [] }
    const isIntent = type.startsWith('payment_intent.')
    oldEvents.set(event.id, isIntent ? { ...event, data: { object: { ...old, charges } } } : event)
    if (random.chance(0.15)) events.push({ ...event, id: `${event.id}_twin` })
  }
  const present = (changes: object = {}) => ({
    ...intent,
    ...state,
    created: from,
    latest_charge: latestCharge,
    ...changes,
  })
  const addCharge = (changes: object): Payload => {
    latestCharge = id(random.pick(['ch', 'py']), charges.length)
    const charge = { id: latestCharge, amount, currency: 'usd', created: seconds, ...changes }
    charges.push(charge)
    chargesById.set(charge.id, { ...charge, payment_intent: intent.id })
    return charge
  }
  const addRefund = (charge: Payload, changes: object): void => {
    const refund = {
      id: id('re', refunds.length),
      currency: 'usd',
      created: seconds,
      charge: charge.id,
      payment_intent: intent.id,
      reason: null,
      status: 'succeeded',
      ...changes,
    }
    refunds.push(refund)
    const told = chargesById.get(charge.id) ?? charge
    if (random.chance(0.5)) tell('refund.created', { ...refund, status: 'pending' })
    if (random.chance(0.7)) tell('charge.refunded', told)
    tell(random.pick(['refund.created', 'refund.updated', 'charge.refund.updated']), refund)
  }

  const payBack = (charge: Payload, captured: number): void => {
    let left = captured
    for (let parts = random.integer(0, 3); parts > 0 && left > 0; parts -= 1) {
      const part = random.pick([left, Math.min(left, amount - captured), Math.min(left, 500)])
      if (part === 0) continue
      seconds += random.integer(isOldWorld ? 3 : 0, 9)
      const status = random.chance(0.8) ? 'succeeded' : 'failed'
      addRefund(charge, { amount: part, status })
      if (status === 'failed') continue
      left -= part
      expected.refunded.push(part)
    }
  }

  return {
    fail: (): void => {
      seconds += random.integer(1, 5)
      const kind = random.pick(['card', 'bank debit', 'no charge'])
      if (kind !== 'no charge') addCharge({ status: 'failed', captured: false, amount_captured: 0 })
      const error = { code: kind, payment_method: { id: id('pm', seconds) } }
      const last = kind === 'card' ? { ...error, charge: latestCharge } : error
      tell('payment_intent.payment_failed', present({ last_payment_error: last }))
      expected.failed.push(amount)
    },
    capture: (captured: number): void => {
      seconds += random.integer(1, 5)
      const shown = isOldWorld ? amount : captured
      const capture = { id: id('txn', 0), amount: shown, currency: 'usd', created: seconds }
      const done = { status: 'succeeded', captured: true, amount_captured: captured }
      const charge = addCharge({ ...done, balance_transaction: capture })
      state = { status: 'succeeded', amount_received: captured }
      tell('payment_intent.succeeded', present())
      expected.success.push(captured)
      if (isOldWorld && captured < amount) {
        seconds += random.integer(0, 2)
        addRefund(charge, { amount: amount - captured })
      }
      payBack(charge, captured)
    },
    release: (reason: string): void => {
      seconds += random.integer(1, 5)
      const charge = addCharge({ status: 'succeeded', captured: false, amount_captured: 0 })
      tell('payment_intent.amount_capturable_updated', present({ status: 'requires_capture' }))
      state = { status: 'canceled', amount_received: 0 }
      seconds += random.integer(1, 5)
      tell('payment_intent.canceled', present())
      if (isOldWorld) addRefund(charge, { amount, reason })
    },
    finish: (): PaymentLife => ({
      events,
      oldEvents,
      charges: charges.map((charge) => ({ ...charge, payment_intent: present() })),
      refunds: refunds.map((refund) => ({
        ...refund,
        charge: chargesById.get(String(refund.charge)),
      })),
      chargesById,
      expected,
    }),
  }
}
