import { createClock } from '../../database/clock.ts'
import { type RefusedWebhooks, readRefusedWebhooks } from '../../stripe/sync/refused-webhooks.ts'
import { createSyncState } from '../../stripe/sync/sync-state.ts'
import { refusalAdvice } from '../../stripe/webhook/refusal-advice.ts'
import { type Check, type DoctorContext, type LookUpResult, unwell, well } from './check.ts'

/** How long a refusal is reported although later webhooks were accepted: there may be two endpoints. */
const newsMs = 60 * 60_000

/** Checks whether webhooks are refused, and why. */
export const refusals: Check = {
  name: 'refused',
  asksStripe: false,
  look: async (context) => {
    const { ledger } = context
    if (ledger === undefined) return []
    const news = await readLateRefusals(context)
    if (news.length > 0) return news.map(toFinding)
    const [last] = await readRefusedWebhooks(ledger.queries)
    if (last === undefined) return [well('refused', 'no webhook was refused')]
    const lastAt = new Date(last.lastAt).toISOString()
    return [well('refused', `none lately; the last at ${lastAt} (${last.reason})`)]
  },
}

/** The webhooks that were refused within the last hour, or after the last accepted one. */
export async function readLateRefusals({
  ledger,
  config,
  now,
}: DoctorContext): Promise<readonly RefusedWebhooks[]> {
  if (ledger === undefined) return []
  const syncState = createSyncState(ledger.queries, createClock(config.database.engine, now))
  const acceptedAt = (await syncState.read('webhook'))?.succeededAt ?? 0
  const refused = await readRefusedWebhooks(ledger.queries)
  return refused.filter(({ lastAt }) => lastAt > Math.min(acceptedAt, now() - newsMs))
}

function toFinding({ reason, count, lastAt }: RefusedWebhooks): LookUpResult {
  return unwell(
    'refused',
    `${count} webhooks were refused (${reason}), the last at ${new Date(lastAt).toISOString()}: ${refusalAdvice[reason]}`,
  )
}
