// The API representation of facts, totals and statistics.

import { z } from '@hono/zod-openapi'
import { counterNames } from '../../../instrumentation/counters.ts'
import type { FactRow } from '../../database/schema.ts'
import { cursorSchema, instantSchema as instant, pageOf, toIso } from '../../http/describe.ts'
import { paymentKey } from '../fact-key.ts'
import type { StatsSeries } from '../read/stats.ts'

const instantMessage = 'give an instant such as 2026-11-27T09:00:00Z, or a day such as 2026-11-27'
export function queryInstant(description: string) {
  return z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: instantMessage })
    .transform((text) => Date.parse(text))
    .optional()
    .openapi({ type: 'string', example: '2026-11-27T09:00:00Z', description })
}

const counter = z.enum(counterNames).optional()
const label = z.string().max(255).optional().openapi({
  description: "The value of the counter's attribute, such as success.",
  example: 'success',
})

export const factsQuerySchema = z.strictObject({
  counter,
  label,
  source: z
    .string()
    .max(255)
    .optional()
    .openapi({ description: 'The source that reported it first.', example: 'webhook' }),
  key: z.string().max(255).optional().openapi({ description: 'The one fact with this key.' }),
  recorded_after: queryInstant('Recorded at this instant or later.'),
  recorded_before: queryInstant('Recorded earlier than this instant.'),
  occurred_after: queryInstant('Happened at this instant or later.'),
  occurred_before: queryInstant('Happened earlier than this instant.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: cursorSchema,
})

const factSchema = z
  .object({
    key: z.string().openapi({ example: paymentKey('success', 'pi_3TvQ8dLkdIwHu7ix0aB1cD2e') }),
    counter: z.string().openapi({ example: 'billing_payments_total' }),
    label: z.string().openapi({ example: 'success' }),
    occurred_at: instant,
    recorded_at: instant,
    source: z.string().openapi({ example: 'webhook' }),
    evidence: z.string().openapi({
      description: 'The event or object that proved it.',
      example: 'evt_3TvQ8dLkdIwHu7ix0aB1cD2e',
    }),
    amount_minor: z.int().nullable().openapi({ example: 2900 }),
    currency: z.string().nullable().openapi({ example: 'eur' }),
  })
  .openapi('Fact', { description: 'Something that happened once and raised a counter by one.' })

export const factsSchema = pageOf(factSchema).openapi('Facts', {
  description:
    'A page by source or by occurred_… can hold fewer facts than its limit, even none, and still be followed by another page.',
})

export const totalsSchema = z
  .object({
    ledger_id: z.string(),
    series_id: z.string(),
    generation_began_at: instant,
    genesis: instant
      .nullable()
      .describe("Null until Stripe's clock is known; nothing is counted before"),
    mode: z.enum(['emulator', 'test', 'live']),
    account: z.string().nullable(),
    is_leader: z.boolean().openapi({
      description: 'Whether the process that handled the request exposes the counters.',
    }),
    data: z.array(
      z.object({
        counter: z.string(),
        label: z.string(),
        facts: z.int().openapi({ description: 'From the hourly sums of the facts.' }),
        committed: z.int(),
        exposed: z.int().nullable().openapi({
          description: 'By the process that handled the request; null if it is not the leader.',
        }),
      }),
    ),
  })
  .openapi('Totals', {
    description:
      'Read one after another in the order facts, committed, exposed: they can differ while facts arrive and are equal when none do.',
  })

export const statsQuerySchema = z.strictObject({
  interval: z
    .enum(['hour', 'day'])
    .default('day')
    .openapi({ description: 'Hours and days are in UTC.' }),
  from: queryInstant(
    'Inclusive; rounded down to an interval. Default: 30 days, or 48 hours, before the end.',
  ),
  to: queryInstant('Exclusive; rounded up to an interval. Default: now.'),
  counter,
  label,
  currency: z
    .string()
    .regex(/^[a-z]{3}$/, 'give a currency as Stripe writes it, such as usd')
    .optional(),
})

export const statsSchema = z
  .object({
    interval: z.enum(['hour', 'day']),
    from: instant,
    to: instant,
    starts: z.array(instant).openapi({ description: 'The start of each interval.' }),
    data: z.array(
      z.object({
        counter: z.string(),
        label: z.string(),
        currency: z.string().nullable(),
        counts: z
          .array(z.int())
          .openapi({ description: 'One for each interval, including zeros.' }),
        amounts_minor: z.array(z.int()),
      }),
    ),
  })
  .openapi('Stats', {
    description:
      'Facts by the time they occurred. One series for each counter, label and currency with facts in the range.',
  })

export function showFact(fact: FactRow) {
  return {
    key: fact.key,
    counter: fact.counter,
    label: fact.label,
    occurred_at: toIso(fact.occurred_at),
    recorded_at: toIso(fact.recorded_at),
    source: fact.source,
    evidence: fact.evidence,
    amount_minor: fact.amount_minor,
    currency: fact.currency,
  }
}

export function showStats({ amountsMinor, ...series }: StatsSeries) {
  return {
    ...series,
    amounts_minor: amountsMinor,
  }
}
