import { createClock } from '../../database/clock.ts'
import { type RefusedWebhooks, readRefusedWebhooks } from '../../stripe/sync/refused-webhooks.ts'
import { createSyncState } from '../../stripe/sync/sync-state.ts'
import type { RefusalReason } from '../../stripe/webhook/outcomes.ts'
import { type Check, type DoctorContext, type LookUpResult, unwell, well } from './check.ts'

/** How long a refusal is reported although later webhooks were accepted: there may be two endpoints. */
const newsMs = 60 * 60_000

const advice: Readonly<Record<RefusalReason, string>> = {
  signature_missing:
    'they had no Stripe-Signature: a proxy takes the header away, or they are not of Stripe',
  signature_malformed:
    'their Stripe-Signature cannot be read: a proxy changes the header, or they are not of Stripe',
  signature_time:
    "their signature was more than 300 s old or ahead: set this machine's clock (NTP), and let no proxy hold them back",
  wrong_secret:
    'no secret in STRIPE_WEBHOOK_SECRET made their signature: copy the signing secret of the endpoint from dashboard.stripe.com/webhooks',
  body_changed:
    'a proxy changes their body, so that no signature is valid: configure it to forward the raw body unchanged',
  not_json: 'their body is not JSON or not UTF-8: a proxy changes it, or they are not of Stripe',
  too_large: 'their body is larger than 1 MiB, which no event of Stripe is',
}

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
    `${count} webhooks were refused (${reason}), the last at ${new Date(lastAt).toISOString()}: ${advice[reason]}`,
  )
}
