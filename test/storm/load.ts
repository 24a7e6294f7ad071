import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** People who buy, decline, ask for their money back, and an operator who posts. */
export interface Load {
  /** Resolves once every call that was begun has had its answer: callers try again until then. */
  stop(): Promise<void>
  readonly checkouts: number
  readonly posts: number
  readonly payments: number
}

export interface LoadOptions {
  readonly campaignId: string
  readonly random: Random
  /** How many payments are made at Stripe at once. */
  readonly paymentsAtOnce: number
}

const plans = ['starter', 'professional', 'enterprise'] as const
const retryMs = 25
const paymentPauseMs = 30
const checkoutSchema = z.object({ id: z.string(), url: z.string() })
const postSchema = z.object({ id: z.string(), state: z.string() })

export const startLoad = (
  world: World,
  { campaignId, random, paymentsAtOnce }: LoadOptions,
): Load => {
  const { stripe, balancer, acknowledged } = world
  let running = true
  let made = 0
  const counts = { checkouts: 0, posts: 0, payments: 0 }

  /** As a caller should: the same Idempotency-Key again until there is an answer. */
  const insist = async (path: string, body: object): Promise<unknown> => {
    made += 1
    const key = `storm-${made}-${random.integer(0, 1e9)}`
    for (;;) {
      const answer = await fetch(`${balancer.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(15_000),
      }).catch(() => undefined)
      const text = await answer?.text().catch(() => undefined)
      if (answer?.ok && text !== undefined) return JSON.parse(text)
      await sleep(retryMs)
    }
  }

  const buy = async (): Promise<void> => {
    const answer = await insist('/v1/checkout-sessions', { plan: random.pick(plans) })
    const { id, url } = checkoutSchema.parse(answer)
    acknowledged.keys.add(`checkout:${id}`)
    counts.checkouts += 1
    const way = random.pick(['pay', 'decline', 'refuse', 'leave'] as const)
    if (way !== 'leave') await stripe.press(url, way)
  }

  const post = async (): Promise<void> => {
    const { id, state } = postSchema.parse(await insist(`/v1/campaigns/${campaignId}/posts`, {}))
    if (state === 'sent') acknowledged.posts.add(id)
    counts.posts += 1
  }

  const pay = async (): Promise<void> => {
    const outcome = random.pick(['success', 'success', 'failed', 'refunded'] as const)
    await stripe.pay(outcome, paymentsAtOnce)
    counts.payments += paymentsAtOnce
    await sleep(paymentPauseMs)
  }

  const repeat = async (work: () => Promise<void>): Promise<void> => {
    while (running) await work()
  }
  const workers = [repeat(buy), repeat(buy), repeat(post), repeat(post), repeat(pay)]

  return {
    stop: async () => {
      running = false
      await Promise.all(workers)
    },
    get checkouts() {
      return counts.checkouts
    },
    get posts() {
      return counts.posts
    },
    get payments() {
      return counts.payments
    },
  }
}
