import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import { type CampaignCursor, createCampaignCursor } from './campaigns/cursor.ts'
import { type CampaignStore, createCampaignStore } from './campaigns/store.ts'
import { createPostStore, type PostStore } from './posts/store.ts'

/** The tables of campaigns and posts. */
export interface MarketingTables {
  readonly queries: Kysely<Schema>
  readonly campaigns: CampaignStore
  readonly cursor: CampaignCursor
  readonly posts: PostStore
}

export function openTables(queries: Kysely<Schema>): MarketingTables {
  return {
    queries,
    campaigns: createCampaignStore(queries),
    cursor: createCampaignCursor(queries),
    posts: createPostStore(queries),
  }
}
