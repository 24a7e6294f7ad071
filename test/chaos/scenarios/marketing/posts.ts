import { z } from 'zod'
import type { Query } from '../../harness/books.ts'
import type { LedgerPlace } from '../../harness/ledger-place.ts'
import type { PostEntry } from './audit-posts.ts'
import { channelFor } from './channels.ts'

export const messagesPerCampaign = 20

const created = z.object({ id: z.string() })

/** Campaigns whose 20 slots, with a text of its own for each, came up yesterday. */
export async function makeDue(anyApi: () => string, place: LedgerPlace, campaignCount: number) {
  const hour = new Date(Date.now() - 24 * 3_600_000)
  hour.setUTCMinutes(0, 0, 0)
  const cron = `0-${messagesPerCampaign - 1} ${hour.getUTCHours()} ${hour.getUTCDate()} ${hour.getUTCMonth() + 1} *`
  for (let campaign = 0; campaign < campaignCount; campaign += 1) {
    const answer = await fetch(`${anyApi()}/v1/campaigns`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name: `Campaign ${campaign}`,
        messages: Array.from(
          { length: messagesPerCampaign },
          (_, message) => `campaign ${campaign}, message ${message}`,
        ),
        cron,
        channel: channelFor(campaign),
      }),
    })
    created.parse(await answer.json())
  }
  await place.read(async (query) =>
    query(
      `update campaigns set slots_through = ${hour.getTime() - 1}, next_slot_at = ${hour.getTime()}`,
    ),
  )
}

async function countOf(query: Query, where: string): Promise<number> {
  return Number((await query(`select count(*) as n from posts where ${where}`))[0]?.n)
}

export function finishedCount(place: LedgerPlace): Promise<number> {
  return place.read((query) => countOf(query, `state in ('sent', 'failed', 'unknown', 'missed')`))
}

export function isAtRest(place: LedgerPlace, slots: number): Promise<boolean> {
  return place.read(async (query) => {
    const open = await countOf(query, `state in ('due', 'sending')`)
    return open === 0 && (await countOf(query, 'true')) === slots
  })
}

export function readPosts(place: LedgerPlace): Promise<readonly PostEntry[]> {
  return place.read(async (query) =>
    (await query('select id, campaign_id, slot_key, state, text from posts')).map((row) => ({
      id: String(row.id),
      campaignId: String(row.campaign_id),
      slotKey: String(row.slot_key),
      state: String(row.state),
      text: String(row.text),
    })),
  )
}

export function readCounter(place: LedgerPlace) {
  return place.read(async (query) => {
    const [facts] = await query(
      `select count(*) as n from facts where counter = 'marketing_posts_total'`,
    )
    const [totals] = await query(
      `select sum(total) as n from totals where counter = 'marketing_posts_total'`,
    )
    return { facts: Number(facts?.n), total: Number(totals?.n) }
  })
}

export async function resolve(api: string, post: PostEntry, as: 'sent' | 'failed'): Promise<void> {
  const answer = await fetch(`${api}/v1/campaigns/${post.campaignId}/posts/${post.id}/resolve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ as }),
  })
  if (!answer.ok) throw new Error(`the resolving was answered ${answer.status}`)
}
