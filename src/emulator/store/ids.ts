import { randomFillSync } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const timeLength = 7
const poolBytes = 4096

const prefixes = {
  account: ['acct_1', 16],
  balance_transaction: ['txn_3', 23],
  bank_charge: ['py_3', 23],
  charge: ['ch_3', 23],
  checkout_session: ['cs_test_a1', 56],
  customer: ['cus_', 14],
  event: ['evt_1', 23],
  event_destination: ['ed_test_6', 43],
  invoice: ['in_1', 23],
  invoice_payment: ['inpay_1', 23],
  payment_event: ['evt_3', 23],
  payment_intent: ['pi_3', 23],
  payment_method: ['pm_1', 23],
  price: ['price_1', 23],
  product: ['prod_', 14],
  refund: ['re_3', 23],
  request: ['req_', 14],
  line_item: ['li_1', 23],
  subscription: ['sub_1', 23],
  subscription_item: ['si_', 14],
  webhook_endpoint: ['we_1', 23],
} as const satisfies Record<string, readonly [prefix: string, length: number]>

export type IdKind = keyof typeof prefixes
export type NewId = (kind: IdKind, nowMs: number) => string

/** Creates ids in Stripe's format: a prefix, the time (so that they sort roughly by age), then random characters. */
export function createIds(): NewId {
  const random = randomText()
  return (kind, nowMs) => {
    const [prefix, length] = prefixes[kind]
    return prefix + timeText(nowMs) + random(length - timeLength)
  }
}

/** A key or secret: `prefix` and `length` random characters. */
export function newSecret(prefix: string, length: number): string {
  return prefix + randomText()(length)
}

function timeText(nowMs: number): string {
  let text = ''
  for (let rest = nowMs; text.length < timeLength; rest = Math.floor(rest / 62))
    text = alphabet.charAt(rest % 62) + text
  return text
}

function randomText(): (length: number) => string {
  const bytes = new Uint8Array(poolBytes)
  let used = bytes.length
  return (length) => {
    let text = ''
    while (text.length < length) {
      if (used >= bytes.length) {
        randomFillSync(bytes)
        used = 0
      }
      const value = (bytes[used] ?? 0) & 63
      used += 1
      if (value < 62) text += alphabet.charAt(value)
    }
    return text
  }
}
