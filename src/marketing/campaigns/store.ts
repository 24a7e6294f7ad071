import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { CampaignRow, Schema } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import { type Page, type PageRequest, toPage } from '../posts/store.ts'
import type { CampaignDraft } from './campaign.ts'

/** A stored campaign. */
export interface Campaign extends CampaignDraft {
  readonly id: string
  readonly slotsThrough: number
  readonly isPaused: boolean
  /** Incremented with each change. */
  readonly revision: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** The new values of a campaign. */
export interface CampaignChange {
  readonly draft: CampaignDraft
  readonly isPaused: boolean
  readonly isDeleted: boolean
}

export interface CampaignName {
  readonly name: string
  readonly isDeleted: boolean
}

export interface CampaignStore {
  /** Stores a new campaign whose slots begin after `now`, unless one with this id exists. */
  insert(id: string, draft: CampaignDraft, now: number): Promise<void>
  /** Throws `not_found`. */
  get(id: string): Promise<Campaign>
  /** Throws `not_found` if such a campaign never existed. */
  mustHaveBeen(id: string): Promise<void>
  /**
   * Stores a change, with slots that begin after `now`. Returns false and changes nothing if another change
   * was faster.
   */
  change(
    transaction: Kysely<Schema>,
    campaign: Campaign,
    to: CampaignChange,
    now: number,
  ): Promise<boolean>
  /** Newest first, without the deleted ones. Throws `not_found` for an unknown `startingAfter`. */
  list(request: PageRequest): Promise<Page<Campaign>>
  /** The names of campaigns by id, also of deleted ones. */
  readNames(ids: readonly string[]): Promise<ReadonlyMap<string, CampaignName>>
  /** Whether no campaign ever existed. */
  isEmpty(): Promise<boolean>
}

export function createCampaignStore(queries: Kysely<Schema>): CampaignStore {
  const find = (id: string) =>
    queries.selectFrom('campaigns').selectAll().where('id', '=', id).executeTakeFirst()

  const get = async (id: string): Promise<Campaign> => {
    const row = await find(id)
    if (row === undefined || row.deleted_at !== null) throw missing(id)
    return toCampaign(row)
  }

  return {
    insert: async (id, draft, now) => {
      await queries
        .insertInto('campaigns')
        .values({ id, ...toColumns(draft), ...beginning(draft, now) })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute()
    },
    get,
    mustHaveBeen: async (id) => {
      if ((await find(id)) === undefined) throw missing(id)
    },
    change,
    list: async ({ limit, startingAfter }) => {
      const after = startingAfter === undefined ? undefined : await get(startingAfter)
      const rows = await newestAfter(queries, after)
        .limit(limit + 1)
        .execute()
      return toPage(rows.map(toCampaign), limit)
    },
    readNames: async (ids) => {
      if (ids.length === 0) return new Map()
      const rows = await queries
        .selectFrom('campaigns')
        .select(['id', 'name', 'deleted_at'])
        .where('id', 'in', ids)
        .execute()
      return new Map(
        rows.map(({ id, name, deleted_at }) => [id, { name, isDeleted: deleted_at !== null }]),
      )
    },
    isEmpty: async () => {
      const row = await queries.selectFrom('campaigns').select('id').limit(1).executeTakeFirst()
      return row === undefined
    },
  }
}

function toColumns({ name, messages, cron, timeZone, channel }: CampaignDraft) {
  return { name, messages: JSON.stringify(messages), cron, time_zone: timeZone, channel }
}

function beginning({ nextSlotAt }: CampaignDraft, now: number) {
  return { slots_through: now, next_slot_at: nextSlotAt, created_at: now, updated_at: now }
}

async function change(
  transaction: Kysely<Schema>,
  campaign: Campaign,
  { draft, isPaused, isDeleted }: CampaignChange,
  now: number,
): Promise<boolean> {
  const row = await transaction
    .updateTable('campaigns')
    .set((set) => ({
      ...toColumns(draft),
      paused: Number(isPaused),
      deleted_at: isDeleted ? now : null,
      slots_through: Math.max(now, campaign.slotsThrough),
      next_slot_at: isPaused || isDeleted ? null : draft.nextSlotAt,
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

function newestAfter(queries: Kysely<Schema>, after: Campaign | undefined) {
  return queries
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
}

function missing(id: string): AppError {
  return new AppError('not_found', `there is no campaign "${id}": GET /v1/campaigns lists them`)
}

const textsSchema = z.array(z.string())

/** Converts a row to a campaign. */
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
