import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../../support/random.ts'
import { createCallers } from '../../harness/callers.ts'
import type { TestBed } from '../../harness/test-bed.ts'

/** Of a day of eight hours in 20 minutes; a round is 20 seconds of the day. */
export const roundMs = 1_200_000 / 1_440
export const requestsPerRound = 300
const scrapesPerRound = 4
const paymentsPerRound = 40
const checkoutsPerRound = 4
const pendingMax = 1_000
const pollMs = 20
/** What one poll may send at most, so that a pause of the machine is not followed by a flood. */
const readsAtOnceMax = 50

const plans = ['starter', 'professional', 'enterprise'] as const
const reads = [
  '/v1/totals',
  '/v1/facts?limit=10',
  '/v1/stats',
  '/v1/plans',
  '/v1/campaigns',
] as const

export interface DayLoad {
  readonly campaignId: string
  readonly metricsUrl: string
  readonly rounds: number
  readonly random: Random
}

/**
 * A day's work at its pace, with webhooks, checkouts and posts, and reads that bring the requests to their number.
 * Returns what reads were answered, other than 200.
 */
export async function workADay(
  bed: TestBed,
  { campaignId, metricsUrl, rounds, random }: DayLoad,
): Promise<readonly string[]> {
  const callers = createCallers(bed)
  const refused = new Map<string, number>()

  const sell = async (): Promise<void> => {
    for (let made = 0; made < checkoutsPerRound; made += 1)
      await bed.stripe.press(await callers.checkout(random.pick(plans)), 'pay')
    if ((await bed.stripe.pending()) > pendingMax) return
    const outcome = random.pick(['success', 'success', 'failed', 'refunded'] as const)
    await bed.stripe.pay(outcome, paymentsPerRound)
  }

  const read = async (path: string): Promise<void> => {
    const status = await readOnce(bed, path)
    if (status !== '200') refused.set(status, (refused.get(status) ?? 0) + 1)
  }

  const fill = async (): Promise<void> => {
    const [startedAt, goal] = [performance.now(), rounds * requestsPerRound]
    for (let missing = goal; missing > 0; missing = goal - countRequests(bed)) {
      const due = ((performance.now() - startedAt) / roundMs) * requestsPerRound
      const late = Math.min(due, goal) - countRequests(bed)
      const now = Math.min(Math.floor(late), readsAtOnceMax)
      await Promise.all(Array.from({ length: now }, () => read(random.pick(reads))))
      await sleep(pollMs)
    }
  }

  await Promise.all([
    paced(rounds, roundMs, sell),
    paced(rounds, roundMs, () => callers.post(campaignId)),
    paced(rounds * scrapesPerRound, roundMs / scrapesPerRound, () => bed.scrapes.read(metricsUrl)),
    fill(),
  ])
  return [...refused].map(([status, count]) => `${count} reads were answered: ${status}`)
}

/** How many requests the service answered through the balancer. */
export function countRequests({ balancer: { statuses } }: TestBed): number {
  return [...statuses.values()].reduce((sum, count) => sum + count, 0)
}

/** One after the other, none before its time: what is late is made up for. */
async function paced(count: number, everyMs: number, work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  for (let done = 0; done < count; done += 1) {
    await sleep(Math.max(0, startedAt + done * everyMs - performance.now()))
    await work()
  }
}

async function readOnce({ balancer, apiKey, closing }: TestBed, path: string): Promise<string> {
  closing.throwIfAborted()
  try {
    const headers = { authorization: `Bearer ${apiKey}` }
    const signal = AbortSignal.timeout(30_000)
    const answer = await fetch(balancer.url + path, { headers, signal })
    await answer.arrayBuffer()
    return `${answer.status}`
  } catch (cause) {
    return String(cause)
  }
}
