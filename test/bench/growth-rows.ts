import { createHash, randomBytes } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { Schema } from '../../src/database/schema.ts'
import { paymentKey } from '../../src/ledger/fact-key.ts'
import { postIdOf, slotKeyOf } from '../../src/marketing/posts/key.ts'

const began = Date.UTC(2026, 0, 1)
const hourMs = 3_600_000
const factEveryMs = 30_000
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** An id shaped like Stripe's: a prefix, the time, then chance. */
function stripeId(prefix: string, ms: number): string {
  let time = ''
  for (let rest = ms; rest > 0; rest = Math.floor(rest / 62)) time = alphabet[rest % 62] + time
  return `${prefix}_3${time}${randomBytes(8).toString('hex')}`
}

function fact(index: number): Insertable<Schema['facts']> {
  const ms = began + index * factEveryMs
  const isFailed = index % 8 === 0
  return {
    key: isFailed
      ? paymentKey('failed', stripeId('ch', ms))
      : paymentKey('success', stripeId('pi', ms)),
    counter: 'billing_payments_total',
    label: isFailed ? 'failed' : 'success',
    occurred_at: ms,
    recorded_at: ms + 1_500,
    source: 'webhook',
    evidence: stripeId('evt', ms),
    amount_minor: 1_900 + (index % 90) * 100,
    currency: 'usd',
  }
}

const labels = ['success', 'failed', 'refunded', 'starter'] as const

function hour(index: number): Insertable<Schema['hourly']> {
  const label = labels[index % labels.length] ?? 'success'
  return {
    counter: label === 'starter' ? 'billing_checkout_started_total' : 'billing_payments_total',
    label,
    currency: label === 'starter' ? '' : 'usd',
    hour: began + Math.floor(index / labels.length) * hourMs,
    shard: 0,
    count: 90 + (index % 40),
    amount_minor: 900_000 + index,
  }
}

const text =
  'Our winter sale ends on 2026-11-30: the professional plan costs 29.00 EUR instead of 39.00 EUR for the first year. Sign up at https://shop.example.com/winter'

function post(index: number): Insertable<Schema['posts']> {
  const ms = began + index * hourMs
  const campaign = 'campaign_0123456789abcdef0123456789abcdef'
  return {
    id: postIdOf(campaign, slotKeyOf(ms)),
    campaign_id: campaign,
    slot_key: slotKeyOf(ms),
    scheduled_at: ms,
    state: 'sent',
    message: text,
    text,
    channel: 'telegram',
    attempts: 1,
    not_before: ms,
    receipt: `telegram message ${1_000 + index}`,
    created_at: ms,
    finished_at: ms + 400,
  }
}

function missedSlot(index: number): Insertable<Schema['posts']> {
  return {
    ...post(index),
    state: 'missed',
    message: null,
    text: null,
    receipt: null,
    reason:
      'nothing looked at the schedule in time: the service was stopped, stalled or without its database',
  }
}

function deadLetter(index: number): Insertable<Schema['dead_letters']> {
  const ms = began + index * hourMs
  return {
    id: stripeId('evt', ms),
    type: 'charge.refunded',
    mode: 'live',
    reason: 'data.object.amount_refunded: Invalid input: expected number, received string',
    source: 'webhook',
    received_at: ms,
  }
}

function failedAttempt(index: number): Insertable<Schema['failed_attempts']> {
  const ms = began + index * factEveryMs
  const charge = stripeId('ch', ms)
  return {
    event_id: stripeId('evt', ms),
    payment_intent: stripeId('pi', ms),
    request_id: `req_${randomBytes(7).toString('hex')}`,
    created: Math.floor(ms / 1000),
    fact_key: paymentKey('failed', charge),
    twin: createHash('sha256').update(charge).digest('hex'),
  }
}

function attemptCharge(index: number): Insertable<Schema['attempt_charges']> {
  const ms = began + index * factEveryMs
  return { charge_id: stripeId('ch', ms), named_as: 'error', event_id: stripeId('evt', ms) }
}

/** What grows, with the table's name and a typical row, in the order in which the service writes them. */
export const growingRows = [
  { what: 'fact', table: 'facts', row: fact },
  { what: 'hour row', table: 'hourly', row: hour },
  { what: `sent post with a text of ${text.length} characters`, table: 'posts', row: post },
  { what: 'missed slot', table: 'posts', row: missedSlot },
  { what: 'dead letter', table: 'dead_letters', row: deadLetter },
  { what: 'failed attempt', table: 'failed_attempts', row: failedAttempt },
  { what: 'claimed charge', table: 'attempt_charges', row: attemptCharge },
] as const
