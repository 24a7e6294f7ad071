import { createPlans } from '../../billing/plans.ts'
import { messageOf } from '../../errors.ts'
import type { Price } from '../../stripe/client/gateway.ts'
import { lacksPermission } from '../../stripe/client/stripe-error.ts'
import { type Check, type LookUpResult, unwell, well } from './check.ts'

/** What each plan costs at Stripe. */
export const prices: Check = {
  name: 'prices',
  asksStripe: true,
  look: async ({ config, gateway, now }) => {
    const findings: LookUpResult[] = []
    for (const setting of config.plans) {
      const name = `plan ${setting.plan}`
      try {
        const plans = createPlans({ settings: [setting], gateway, now })
        const { price } = await plans.resolve(setting.plan)
        findings.push(well(name, describe(price)))
      } catch (cause) {
        if (lacksPermission(cause)) throw cause
        findings.push(unwell(name, messageOf(cause)))
      }
    }
    return findings
  },
}

function describe({ id, unitAmountMinor, currency, interval }: Price): string {
  const amount =
    unitAmountMinor === null ? 'amount set by Stripe' : `${unitAmountMinor} minor units`
  return `${id}, ${amount} ${currency}, ${interval === null ? 'once' : `each ${interval}`}`
}
