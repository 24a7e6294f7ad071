import { press } from '../../../support/emulator-controls.ts'
import type { Random } from '../../../support/random.ts'
import { until } from '../../../support/until.ts'
import { acknowledgeMore } from '../../harness/acknowledge-more.ts'
import { createCallers } from '../../harness/callers.ts'
import { startLoad } from '../../harness/load.ts'
import type { Month } from './sources.ts'

const plans = ['starter', 'professional', 'enterprise'] as const

/** Every plan by card: paid, declined and then paid, refused by 3-D Secure, left. */
export async function sell(month: Month): Promise<readonly string[]> {
  return trade(month, [['pay'], ['decline', 'pay'], ['refuse'], []])
}

/** By a method whose end comes later: paid, and returned by the bank. */
export async function payLater(month: Month): Promise<readonly string[]> {
  return trade(month, [['debit'], ['debit_fails']])
}

/** Buttons of the pay page, and what each press makes in the end. */
const outcomes: Readonly<Record<string, 'success' | 'failed'>> = {
  pay: 'success',
  debit: 'success',
  decline: 'failed',
  refuse: 'failed',
  debit_fails: 'failed',
}

/** Buys each plan in each way, and waits until Stripe wrote down what that made. Answers how it differs. */
async function trade(
  month: Month,
  ways: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const { bed, chaos } = month
  const callers = createCallers(bed)
  const before = await readPayments(month)
  const wanted = { ...before }
  for (let round = 0; round < chaos.rounds; round += 1)
    for (const plan of plans)
      for (const buttons of ways) {
        const payPage = await callers.checkout(plan)
        for (const button of buttons) {
          const { status } = await press(payPage, button)
          if (status !== 303) return [`the pay page answered ${status} to ${button}`]
          wanted[outcomes[button] ?? 'failed'] += 1
        }
      }
  await until('every payment to end', async () => {
    await bed.stripe.hurry()
    const { success, failed } = await readPayments(month)
    return success + failed >= wanted.success + wanted.failed
  })
  const after = await readPayments(month)
  return after.success === wanted.success && after.failed === wanted.failed
    ? []
    : [`Stripe has ${JSON.stringify(after)} and was asked for ${JSON.stringify(wanted)}`]
}

async function readPayments({ bed }: Month): Promise<{ success: number; failed: number }> {
  const { payments } = await bed.stripe.truth(0)
  return { success: payments.success.count, failed: payments.failed.count }
}

export async function post({ bed, chaos, campaignId }: Month): Promise<readonly string[]> {
  const callers = createCallers(bed)
  const before = bed.channel.taken.size
  const wanted = 2 * chaos.rounds
  for (let made = 0; made < wanted; made += 1) await callers.post(campaignId)
  const made = bed.channel.taken.size - before
  return made === wanted ? [] : [`the channel has ${made} of ${wanted} posts`]
}

export async function refundAndFail({ bed, chaos }: Month): Promise<readonly string[]> {
  const { payments: before } = await bed.stripe.truth(0)
  await bed.stripe.pay('refunded', 3 * chaos.rounds)
  await bed.stripe.pay('failed', 2 * chaos.rounds)
  const { payments: after } = await bed.stripe.truth(0)
  const refunds = after.refunded.count - before.refunded.count
  return refunds === 3 * chaos.rounds ? [] : [`${refunds} refunds of ${3 * chaos.rounds}`]
}

/** Does the work while people buy, and until something was acknowledged after it. */
export async function whileSelling(
  { bed, campaignId }: Month,
  random: Random,
  work: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const load = startLoad(bed, { campaignId, random, paymentsAtOnce: 1 })
  await acknowledgeMore(bed)
  const problems = await work()
  if (problems.length > 0) {
    load.abandon()
    return problems
  }
  await acknowledgeMore(bed)
  await load.stop()
  return []
}
