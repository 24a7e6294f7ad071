import { createPlans, type PriceState } from '../../billing/plans.ts'
import { messageOf } from '../../errors.ts'
import type { Price } from '../../stripe/client/gateway.ts'
import { lacksPermission } from '../../stripe/client/stripe-error.ts'
import { type Check, type LookUpResult, unwell, well } from './check.ts'

/** Checks the price of each plan at Stripe. */
export const prices: Check = {
  name: 'prices',
  asksStripe: true,
  look: async ({ config, gateway, now }) => {
    const findings: LookUpResult[] = []
    for (const setting of config.plans) {
      const name = `plan ${setting.plan}`
      try {
        const plans = createPlans({ settings: [setting], gateway, now })
        const states = (await plans.readAll()).flatMap(({ prices }) => prices)
        findings.push(...states.map((state) => toFinding(name, state)))
      } catch (cause) {
        if (lacksPermission(cause)) throw cause
        findings.push(unwell(name, messageOf(cause)))
      }
    }
    return findings
  },
}

function toFinding(name: string, { price, problem }: PriceState): LookUpResult {
  if (price !== undefined && problem === undefined) return well(name, describe(price))
  return unwell(name, problem ?? 'has no price')
}

function describe({ id, unitAmountMinor, currency, recurring }: Price): string {
  const amount =
    unitAmountMinor === null ? 'amount set by Stripe' : `${unitAmountMinor} minor units`
  return `${id}, ${amount} ${currency}, ${describePeriod(recurring)}`
}

/** "each month", "each 3 months" or "once". */
export function describePeriod(
  recurring: Pick<NonNullable<Price['recurring']>, 'interval' | 'intervalCount'> | null,
): string {
  if (recurring === null) return 'once'
  const { interval, intervalCount } = recurring
  return intervalCount === 1 ? `each ${interval}` : `each ${intervalCount} ${interval}s`
}
