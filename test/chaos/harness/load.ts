import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../support/random.ts'
import { createCallers } from './callers.ts'
import type { TestBed } from './test-bed.ts'

/** People who buy, decline, ask for their money back, and an operator who posts. */
export interface Load {
  /** Resolves once every call that was begun has had its answer: callers try again until then. */
  stop(): Promise<void>
  /** Begins nothing more and waits for nothing: the service will not answer any more. */
  abandon(): void
  readonly checkouts: number
  readonly posts: number
  readonly payments: number
}

export interface LoadOptions {
  /** Where it is left out, nobody posts. */
  readonly campaignId?: string
  readonly random: Random
  /** How many payments are made at Stripe at once. */
  readonly paymentsAtOnce: number
}

const plans = ['starter', 'professional', 'enterprise'] as const
const paymentPauseMs = 30
const pendingMax = 100

export function startLoad(bed: TestBed, { campaignId, random, paymentsAtOnce }: LoadOptions): Load {
  const { stripe } = bed
  const callers = createCallers(bed)
  let running = true
  const counts = { checkouts: 0, posts: 0, payments: 0 }

  const buy = async (): Promise<void> => {
    const payPage = await callers.checkout(random.pick(plans))
    counts.checkouts += 1
    const way = random.pick(['pay', 'decline', 'refuse', 'leave'] as const)
    if (way !== 'leave') await stripe.press(payPage, way)
  }

  const post = async (id: string): Promise<void> => {
    await callers.post(id)
    counts.posts += 1
  }

  /** Makes no more payments than the service can keep up with, so that a slow machine runs the same scenario. */
  const pay = async (): Promise<void> => {
    await sleep(paymentPauseMs)
    if ((await stripe.pending()) > pendingMax) return
    const outcome = random.pick(['success', 'success', 'failed', 'refunded'] as const)
    await stripe.pay(outcome, paymentsAtOnce)
    counts.payments += paymentsAtOnce
  }

  const repeat = async (work: () => Promise<void>): Promise<void> => {
    while (running) await work()
  }
  const posting =
    campaignId === undefined ? [] : [campaignId, campaignId].map((id) => repeat(() => post(id)))
  const done = Promise.all([repeat(buy), repeat(buy), ...posting, repeat(pay)])
  done.catch(() => undefined)

  return {
    stop: async () => {
      running = false
      await done
    },
    abandon: () => {
      running = false
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
