import { z } from '@hono/zod-openapi'
import type { PlanState, PriceState } from './plans.ts'

const priceFields = {
  price: z.string().nullable().openapi({ example: 'price_1a2b3c' }),
  lookup_key: z.string().nullable(),
  unit_amount_minor: z.int().nullable().openapi({ description: 'Null where Stripe computes it.' }),
  currency: z.string().nullable(),
  interval: z.string().nullable().openapi({ description: 'Null for a price that is paid once.' }),
  interval_count: z.int().nullable().openapi({ description: '3 with month: each quarter.' }),
  metered: z
    .boolean()
    .nullable()
    .openapi({ description: 'Billed by usage: sold without quantity.' }),
  reason: z.string().nullable().openapi({
    description: 'Why it cannot be sold and what to do; null when it can.',
  }),
}

/** The response of `GET /v1/plans`. */
export const planList = z
  .object({
    data: z.array(
      z.object({
        plan: z.string(),
        ...priceFields,
        prices: z.array(z.object(priceFields)).openapi({
          description: 'Every price of the plan; the first is sold where a request names none.',
        }),
      }),
    ),
  })
  .openapi('PlanList')

type PlanAnswer = z.output<typeof planList>['data'][number]

/** A plan with its first price, and with all of them. */
export function toPlanAnswer({ plan, prices }: PlanState): PlanAnswer {
  return { plan, ...toPriceAnswer(prices[0]), prices: prices.map(toPriceAnswer) }
}

function toPriceAnswer({ price, problem }: PriceState): Omit<PlanAnswer, 'plan' | 'prices'> {
  return {
    price: price?.id ?? null,
    lookup_key: price?.lookupKey ?? null,
    unit_amount_minor: price?.unitAmountMinor ?? null,
    currency: price?.currency ?? null,
    interval: price?.recurring?.interval ?? null,
    interval_count: price?.recurring?.intervalCount ?? null,
    metered: price === undefined ? null : price.recurring?.metered === true,
    reason: problem ?? null,
  }
}
