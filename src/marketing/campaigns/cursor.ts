import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { SlotPlan } from './plan-slots.ts'
import { type Campaign, toCampaign } from './store.ts'

/** The progress of campaigns: their slots, and which message is next. */
export interface CampaignCursor {
  /** Campaigns with a slot at or before `now`, the longest waiting first. */
  due(now: number, countMax: number): Promise<readonly Campaign[]>
  /** The first slot of any campaign. */
  nextSlotAt(): Promise<number | null>
  /**
   * Moves the cursor past a plan's slots and takes a message for each due one. Returns how many messages had
   * been taken before, or undefined if the campaign has changed since it was read.
   */
  advance(
    transaction: Kysely<Schema>,
    campaign: Campaign,
    plan: SlotPlan,
  ): Promise<number | undefined>
  /**
   * Takes one message outside the schedule. Returns how many had been taken before, or undefined if the
   * campaign was changed or deleted since it was read.
   */
  takeMessage(transaction: Kysely<Schema>, campaign: Campaign): Promise<number | undefined>
  /** Undoes `takeMessage` in its own transaction. */
  untakeMessage(transaction: Kysely<Schema>, campaign: Campaign): Promise<void>
}

export function createCampaignCursor(queries: Kysely<Schema>): CampaignCursor {
  return {
    due: async (now, countMax) => {
      const rows = await queries
        .selectFrom('campaigns')
        .selectAll()
        .where('next_slot_at', '<=', now)
        .orderBy('next_slot_at')
        .limit(countMax)
        .execute()
      return rows.map(toCampaign)
    },
    nextSlotAt: async () => {
      const row = await queries
        .selectFrom('campaigns')
        .select((select) => select.fn.min('next_slot_at').as('instant'))
        .executeTakeFirstOrThrow()
      return row.instant
    },
    advance,
    takeMessage,
    untakeMessage: async (transaction, { id }) => {
      await transaction
        .updateTable('campaigns')
        .set((set) => ({ messages_used: set('messages_used', '-', 1) }))
        .where('id', '=', id)
        .execute()
    },
  }
}

async function advance(
  transaction: Kysely<Schema>,
  campaign: Campaign,
  plan: SlotPlan,
): Promise<number | undefined> {
  const row = await transaction
    .updateTable('campaigns')
    .set((set) => ({
      slots_through: plan.slotsThrough,
      next_slot_at: plan.nextSlotAt,
      messages_used: set('messages_used', '+', plan.due.length),
    }))
    .where('id', '=', campaign.id)
    .where('slots_through', '=', campaign.slotsThrough)
    .where('revision', '=', campaign.revision)
    .returning('messages_used')
    .executeTakeFirst()
  return row && row.messages_used - plan.due.length
}

async function takeMessage(
  transaction: Kysely<Schema>,
  { id, revision }: Campaign,
): Promise<number | undefined> {
  const row = await transaction
    .updateTable('campaigns')
    .set((set) => ({ messages_used: set('messages_used', '+', 1) }))
    .where('id', '=', id)
    .where('revision', '=', revision)
    .returning('messages_used')
    .executeTakeFirst()
  return row && row.messages_used - 1
}
