// Campaigns and posts as the API shows them.

import { z } from '@hono/zod-openapi'
import { postStates } from '../../database/post-state.ts'
import type { PostRow } from '../../database/schema.ts'
import { cursorSchema, instantSchema as instant, toIso } from '../../http/describe.ts'
import { messageCountMax, nameLengthMax } from '../campaigns/campaign.ts'
import type { NextRun } from '../campaigns/next-runs.ts'
import type { Campaign } from '../campaigns/store.ts'
import { sourceOf } from '../posts/key.ts'
import type { Page } from '../posts/store.ts'

const fields = {
  name: z.string().min(1).max(nameLengthMax).openapi({ example: 'Black Friday' }),
  messages: z
    .array(z.string().min(1))
    .min(1)
    .max(messageCountMax)
    .openapi({
      description:
        'They take turns. {date} is the day of the slot, {price:<plan>} what the plan costs when it is posted; {{ and }} are braces.',
      example: ['Professional costs {price:professional} until Monday.'],
    }),
  cron: z.string().max(100).openapi({ example: '0 9 * * 1-5' }),
  time_zone: z
    .string()
    .max(100)
    .openapi({ example: 'Europe/Berlin', description: 'An IANA name.' }),
  channel: z
    .string()
    .max(100)
    .openapi({ example: 'console', description: 'A channel that the operator configured.' }),
}

export const campaignRequestSchema = z
  .strictObject({
    ...fields,
    // No `default`: generators would make the field required.
    time_zone: fields.time_zone
      .optional()
      .openapi({ description: 'An IANA name; UTC if omitted.' }),
  })
  .openapi('CampaignRequest')

export const campaignPatchSchema = z
  .strictObject({
    ...fields,
    paused: z
      .boolean()
      .openapi({ description: 'While true there are no slots; what still waits is withdrawn.' }),
  })
  .partial()
  .openapi('CampaignPatch')

export const deletedSchema = z
  .object({ id: z.string(), deleted: z.literal(true) })
  .openapi('DeletedCampaign')

export const nextRunsSchema = z
  .object({
    time_zone: z.string(),
    data: z.array(
      z.object({
        at: instant,
        local: z.string().openapi({ example: '2026-11-27T10:00:00+01:00' }),
      }),
    ),
  })
  .openapi('NextRuns')

export const countQuerySchema = z.strictObject({
  count: z.coerce.number().int().min(1).max(100).default(5),
})

export const resolveSchema = z
  .strictObject({
    as: z.enum(['sent', 'failed']).openapi({ description: 'What was found at the channel.' }),
  })
  .openapi('ResolvePost')

export const campaignSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    messages: z.array(z.string()),
    cron: z.string(),
    time_zone: z.string(),
    channel: z.string(),
    paused: z.boolean(),
    next_post_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi('Campaign')

export const postSchema = z
  .object({
    id: z.string(),
    campaign_id: z.string(),
    source: z.enum(['schedule', 'manual']),
    state: z.enum(postStates).openapi({
      description: 'Only `sent` counts. `due` waits for its first or next attempt.',
    }),
    text: z.string().nullable(),
    channel: z.string(),
    scheduled_at: instant,
    attempts: z.int(),
    not_before: instant.nullable().openapi({
      description: 'While `due`: no attempt before, also if the channel asked to wait.',
    }),
    receipt: z.string().nullable().openapi({ description: 'What the channel confirmed it with.' }),
    reason: z.string().nullable().openapi({ description: 'Why it is not sent, or not yet.' }),
    created_at: instant,
    finished_at: instant.nullable(),
  })
  .openapi('Post')

export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: cursorSchema,
})

const states = z.array(z.enum(postStates)).min(1)

export const postsQuerySchema = pageQuerySchema.extend({
  state: z
    .preprocess((given) => (typeof given === 'string' ? given.split(',') : given), states)
    .optional()
    .openapi({
      description: 'One of these states: state=unknown&state=failed, or state=unknown,failed.',
      example: ['unknown'],
    }),
  channel: z.string().max(100).optional().openapi({ example: 'console' }),
  campaign: z
    .string()
    .max(255)
    .optional()
    .openapi({ description: 'The id of a campaign.', example: 'campaign_demo' }),
})

/** A page whose cursor is the id of its last row. */
export function showPage<Row extends { readonly id: string }, Shown>(
  { rows, hasMore }: Page<Row>,
  show: (row: Row) => Shown,
) {
  const last = hasMore ? rows.at(-1) : undefined
  return { data: rows.map(show), has_more: last !== undefined, next_cursor: last?.id ?? null }
}

export function showCampaign(campaign: Campaign): z.infer<typeof campaignSchema> {
  return {
    id: campaign.id,
    name: campaign.name,
    messages: [...campaign.messages],
    cron: campaign.cron,
    time_zone: campaign.timeZone,
    channel: campaign.channel,
    paused: campaign.isPaused,
    next_post_at: showInstant(campaign.nextSlotAt),
    created_at: toIso(campaign.createdAt),
    updated_at: toIso(campaign.updatedAt),
  }
}

export function showNextRuns(
  timeZone: string,
  runs: readonly NextRun[],
): z.infer<typeof nextRunsSchema> {
  return {
    time_zone: timeZone,
    data: runs.map(({ slot, local }) => ({ at: toIso(slot), local })),
  }
}

export function showPost(post: PostRow): z.infer<typeof postSchema> {
  return {
    id: post.id,
    campaign_id: post.campaign_id,
    source: sourceOf(post.slot_key),
    state: post.state,
    text: post.text ?? post.message,
    channel: post.channel,
    scheduled_at: toIso(post.scheduled_at),
    attempts: post.attempts,
    not_before: post.state === 'due' ? toIso(post.not_before) : null,
    receipt: post.receipt,
    reason: post.reason,
    created_at: toIso(post.created_at),
    finished_at: showInstant(post.finished_at),
  }
}

function showInstant(instantMs: number | null): string | null {
  return instantMs === null ? null : toIso(instantMs)
}
