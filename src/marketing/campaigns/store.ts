import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { CampaignRow, Schema } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import { type Page, type PageRequest, toPage } from '../posts/store.ts'
import type { CampaignDraft } from './campaign.ts'

/** A campaign as the ledger keeps it. */
export interface Campaign extends CampaignDraft {
  readonly id: string
  readonly slotsThrough: number
  readonly isPaused: boolean
  /** Grows with each change. */
  readonly revision: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** What a campaign is to become. */
export interface CampaignChange {
  readonly draft: CampaignDraft
  readonly isPaused: boolean
  readonly isDeleted: boolean
}

export type CampaignStore = ReturnType<typeof createCampaignStore>

export function createCampaignStore(queries: Kysely<Schema>) {
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

  const find = (id: string) =>
    queries.selectFrom('campaigns').selectAll().where('id', '=', id).executeTakeFirst()

  /** Throws `not_found`. */
  const get = async (id: string): Promise<Campaign> => {
    const row = await find(id)
    if (row === undefined || row.deleted_at !== null) throw missing(id)
    return toCampaign(row)
  }

  /** Throws `not_found` when there never was such a campaign. */
  const mustHaveBeen = async (id: string): Promise<void> => {
    if ((await find(id)) === undefined) throw missing(id)
  }

  /**
   * Writes a change and lets the slots begin after `now`, unless somebody else was faster: then it
   * answers false and changes nothing.
   */
  const change = async (
    transaction: Kysely<Schema>,
    campaign: Campaign,
    to: CampaignChange,
    now: number,
  ): Promise<boolean> => {
    const row = await transaction
      .updateTable('campaigns')
      .set((set) => ({
        name: to.draft.name,
        messages: JSON.stringify(to.draft.messages),
        cron: to.draft.cron,
        time_zone: to.draft.timeZone,
        channel: to.draft.channel,
        paused: Number(to.isPaused),
        deleted_at: to.isDeleted ? now : null,
        slots_through: Math.max(now, campaign.slotsThrough),
        next_slot_at: to.isPaused || to.isDeleted ? null : to.draft.nextSlotAt,
        revision: set('revision', '+', 1),
        updated_at: now,
      }))
      .where('id', '=', campaign.id)
      .where('revision', '=', campaign.revision)
      .where('slots_through', '=', campaign.slotsThrough)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  }

  const list = async ({ limit, startingAfter }: PageRequest): Promise<Page<Campaign>> => {
    const after = startingAfter === undefined ? undefined : await get(startingAfter)
    const rows = await queries
      .selectFrom('campaigns')
      .selectAll()
      .where('deleted_at', 'is', null)
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
    mustHaveBeen,
    change,
    list,
    /** Whether there never was any. */
    isEmpty: async (): Promise<boolean> => {
      const row = await queries.selectFrom('campaigns').select('id').limit(1).executeTakeFirst()
      return row === undefined
    },
  }
}

function missing(id: string): AppError {
  return new AppError('not_found', `there is no campaign ${id}: GET /v1/campaigns lists them`)
}

const textsSchema = z.array(z.string())

/** A row as the rest of marketing knows it. */
export function toCampaign(row: CampaignRow): Campaign {
  return {
    id: row.id,
    name: row.name,
    messages: textsSchema.parse(JSON.parse(row.messages)),
    cron: row.cron,
    timeZone: row.time_zone,
    channel: row.channel,
    slotsThrough: row.slots_through,
    isPaused: row.paused === 1,
    revision: row.revision,
    nextSlotAt: row.next_slot_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
