import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { CampaignRow, Schema } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import type { CampaignDraft } from './campaign.ts'
import { type Page, type PageRequest, toPage } from './page.ts'

/** A campaign as the ledger's file keeps it. */
export interface Campaign extends CampaignDraft {
  readonly id: string
  readonly slotsThrough: number
  readonly createdAt: number
  readonly updatedAt: number
}

export type CampaignStore = ReturnType<typeof createCampaignStore>

export const createCampaignStore = (queries: Kysely<Schema>) => {
  /** Keeps a new campaign whose slots begin after `now`; one with that id is left as it is. */
  const insert = async (id: string, draft: CampaignDraft, now: number): Promise<void> => {
    await queries
      .insertInto('campaigns')
      .values({
        id,
        name: draft.name,
        messages: JSON.stringify(draft.messages),
        cron: draft.cron,
        time_zone: draft.timeZone,
        channel: draft.channel,
        slots_through: now,
        next_slot_at: draft.nextSlotAt,
        created_at: now,
        updated_at: now,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
  }

  const find = async (id: string): Promise<Campaign | undefined> => {
    const row = await queries
      .selectFrom('campaigns')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row && toCampaign(row)
  }

  /** Throws `not_found`. */
  const get = async (id: string): Promise<Campaign> => {
    const campaign = await find(id)
    if (campaign !== undefined) return campaign
    throw new AppError('not_found', `there is no campaign ${id}: GET /v1/campaigns lists them`)
  }

  const list = async ({ limit, startingAfter }: PageRequest): Promise<Page<Campaign>> => {
    const after = startingAfter === undefined ? undefined : await get(startingAfter)
    const rows = await queries
      .selectFrom('campaigns')
      .selectAll()
      .$if(after !== undefined, (query) =>
        query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('created_at', 'id'), '<', tuple(after?.createdAt ?? 0, after?.id ?? '')),
        ),
      )
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
    return toPage(rows.map(toCampaign), limit)
  }

  return {
    insert,
    get,
    list,
    isEmpty: async (): Promise<boolean> => {
      const row = await queries.selectFrom('campaigns').select('id').limit(1).executeTakeFirst()
      return row === undefined
    },
  }
}

const textsSchema = z.array(z.string())

/** A row as the rest of marketing knows it. */
export const toCampaign = (row: CampaignRow): Campaign => ({
  id: row.id,
  name: row.name,
  messages: textsSchema.parse(JSON.parse(row.messages)),
  cron: row.cron,
  timeZone: row.time_zone,
  channel: row.channel,
  slotsThrough: row.slots_through,
  nextSlotAt: row.next_slot_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})
