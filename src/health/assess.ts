import { ledgerFellAdvice } from '../ledger/leader/exposition.ts'
import type { Finding, Trust } from './trust.ts'

/** A check of `npm run doctor`. */
export interface CheckResult {
  readonly name: string
  readonly isWell: boolean
  readonly text: string
}

type Read = Omit<Trust, 'findings'>

/** Whether what was read is as it should be, and what to do where it is not; what needs an act comes first. Pure. */
export function assess(
  read: Read,
  checks: readonly CheckResult[],
  now: number,
): readonly Finding[] {
  const findings = [
    ...assessTotals(read),
    assessStripe(read),
    ...assessWebhooks(read, now),
    ...checks
      .filter(({ name }) => !isYetToRun(name, read, now))
      .map(({ name, isWell, text }): Finding => ({ name, state: isWell ? 'good' : 'bad', text })),
  ]
  const order = ['bad', 'warn', 'good']
  return findings.toSorted((one, other) => order.indexOf(one.state) - order.indexOf(other.state))
}

/** The first reconcile ends a minute after the first start at the earliest. */
const firstRunMs = 10 * 60_000

/** Whether it is about a sync job that has not run yet because the ledger is new. */
function isYetToRun(name: string, { ledger, health }: Read, now: number): boolean {
  if (now - ledger.generationBeganAt > firstRunMs) return false
  return (
    (name === 'last sweep' && health.sweptAt === null) ||
    (name === 'last reconcile' && health.reconciledAt === null)
  )
}

function assessTotals({ totals, canExpose }: Read): readonly Finding[] {
  const wrong = totals.filter(({ isRight }) => !isRight).length
  return [
    wrong === 0
      ? { name: 'numbers', state: 'good', text: 'facts, committed totals and counters are equal' }
      : {
          name: 'numbers',
          state: 'bad',
          text: `facts, committed totals and counters differ in ${wrong} series below: run "npm run verify" and keep its output before anything else`,
        },
    ...(canExpose
      ? []
      : [{ name: 'counters', state: 'bad', text: `not exposed: ${ledgerFellAdvice}` } as const]),
  ]
}

function assessStripe({ reconcile }: Read): Finding {
  const name = 'same as Stripe'
  if (reconcile === undefined)
    return { name, state: 'warn', text: 'not compared yet: the first reconcile does' }
  const { drift, orphans } = reconcile
  const others = (orphans?.absent ?? 0) + (orphans?.changed ?? 0)
  if (others > 0)
    return {
      name,
      state: 'bad',
      text: `Stripe does not have ${others} facts of the ledger as they are here, listed below: run "npm run verify"; a refund that failed later is one of them and stays counted`,
    }
  if (drift.count > 0)
    return {
      name,
      state: 'warn',
      text: `the last reconcile found ${drift.count} facts that webhooks and the sweep had missed, and recorded them, so the numbers are right; check that the webhook endpoint was reachable at that time`,
    }
  return { name, state: 'good', text: 'the last reconcile found no difference' }
}

/** There may be two endpoints: refusals stay visible for this long although other webhooks are accepted. */
const newsMs = 60 * 60_000

/**
 * A refusal from before this process started is over as soon as a webhook is accepted: a secret that was put right is
 * read at a start.
 */
function assessWebhooks({ webhooks, health }: Read, now: number): readonly Finding[] {
  const acceptedAt = health.webhookAcceptedAt ?? 0
  const refused = webhooks.refused.filter(({ reason, lastAt }) => {
    const isOwn = (webhooks.outcomes.get(reason) ?? 0) > 0
    return lastAt > (isOwn ? Math.min(acceptedAt, now - newsMs) : acceptedAt)
  })
  if (refused.length === 0)
    return [{ name: 'webhooks', state: 'good', text: 'none was refused lately' }]
  return refused.map(({ reason, count, lastAt, advice }) => ({
    name: 'webhooks',
    state: lastAt > acceptedAt ? 'bad' : 'warn',
    text: `${count} were refused (${reason}), the last at ${new Date(lastAt).toISOString()}${lastAt > acceptedAt ? ' and none was accepted since' : ', and others were accepted since'}: ${advice}`,
  }))
}
