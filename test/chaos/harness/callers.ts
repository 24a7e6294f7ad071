import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { fetchOnce } from '../../support/fetch-once.ts'
import type { TestBed } from './test-bed.ts'

/** People who use the service's API, and who never give up. */
export interface Callers {
  /** Starts a Checkout Session; answers its pay page. */
  checkout(plan: string): Promise<string>
  /** Posts now. */
  post(campaignId: string): Promise<void>
}

const retryMs = 50
const checkoutSchema = z.object({ id: z.string(), url: z.string() })
const postSchema = z.object({ id: z.string(), state: z.string() })
let keysMade = 0

/** As a caller should: the same Idempotency-Key again until there is an answer. */
export function createCallers({ balancer, acknowledged, apiKey, closing }: TestBed): Callers {
  const insist = async (path: string, body: object): Promise<unknown> => {
    keysMade += 1
    const key = `chaos-${process.pid}-${keysMade}`
    for (;;) {
      closing.throwIfAborted()
      const answer = await fetchOnce(`${balancer.url}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${apiKey}`,
          'idempotency-key': key,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(15_000),
      }).catch(() => undefined)
      const text = await answer?.text().catch(() => undefined)
      if (answer?.ok && text !== undefined) return JSON.parse(text)
      await sleep(retryMs)
    }
  }

  return {
    checkout: async (plan) => {
      const { id, url } = checkoutSchema.parse(await insist('/v1/checkout-sessions', { plan }))
      acknowledged.keys.add(`checkout:${id}`)
      return url
    },
    post: async (campaignId) => {
      const { id, state } = postSchema.parse(await insist(`/v1/campaigns/${campaignId}/posts`, {}))
      if (state === 'sent') acknowledged.posts.add(id)
    },
  }
}
