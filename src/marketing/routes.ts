import { createRoute, z } from '@hono/zod-openapi'
import { type AddRoutes, jsonContent, problemsOf } from '../http/api.ts'
import type { CampaignRequest } from './campaign.ts'
import type { Campaign, CampaignStore } from './campaign-store.ts'
import type { PostNow } from './post-now.ts'
import type { PostStore } from './post-store.ts'
import {
  campaignRequestSchema,
  campaignSchema,
  pageQuerySchema,
  postSchema,
  showCampaign,
  showPost,
} from './wire.ts'

export interface MarketingVerbs {
  readonly campaigns: Pick<CampaignStore, 'get' | 'list'>
  readonly posts: Pick<PostStore, 'list'>
  readonly create: (request: CampaignRequest) => Promise<Campaign>
  readonly postNow: PostNow
}

const security = [{ bearer: [] }]
const params = z.object({ id: z.string().max(255).openapi({ example: 'campaign_demo' }) })
const listOf = <Schema extends z.ZodType>(schema: Schema) =>
  z.object({ data: z.array(schema), has_more: z.boolean() })

const createCampaignRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns',
  summary: 'Create a campaign; it posts from its next slot on',
  security,
  request: {
    body: { required: true, content: { 'application/json': { schema: campaignRequestSchema } } },
  },
  responses: {
    201: jsonContent(campaignSchema, 'The campaign.'),
    ...problemsOf(400, 401, 415),
  },
})

const listCampaignsRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns',
  summary: 'The campaigns, newest first',
  security,
  request: { query: pageQuerySchema },
  responses: {
    200: jsonContent(listOf(campaignSchema), 'A page.'),
    ...problemsOf(400, 401, 404),
  },
})

const readCampaignRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{id}',
  summary: 'One campaign',
  security,
  request: { params },
  responses: { 200: jsonContent(campaignSchema, 'The campaign.'), ...problemsOf(401, 404) },
})

const postNowRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns/{id}/posts',
  summary: 'Post the next message now',
  security,
  request: {
    params,
    headers: z.object({
      'idempotency-key': z.string().min(1).max(255).optional().openapi({
        description: 'Send the same key again to retry without a second post.',
      }),
    }),
  },
  responses: {
    201: jsonContent(postSchema, 'What became of it, as committed.'),
    200: jsonContent(postSchema, 'The post that an earlier call with the same key made.'),
    ...problemsOf(400, 401, 404, 503),
  },
})

const listPostsRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{id}/posts',
  summary: "A campaign's posts, newest first",
  security,
  request: { params, query: pageQuerySchema },
  responses: { 200: jsonContent(listOf(postSchema), 'A page.'), ...problemsOf(400, 401, 404) },
})

/** Campaigns: create, list, read, post now, and what became of their posts. */
export const marketingRoutes =
  ({ campaigns, posts, create, postNow }: MarketingVerbs): AddRoutes =>
  (api) => {
    api.openapi(createCampaignRoute, async (context) => {
      const { time_zone: timeZone, ...request } = context.req.valid('json')
      return context.json(showCampaign(await create({ ...request, timeZone })), 201)
    })

    api.openapi(listCampaignsRoute, async (context) => {
      const { limit, starting_after: startingAfter } = context.req.valid('query')
      const { rows, hasMore } = await campaigns.list({ limit, startingAfter })
      return context.json({ data: rows.map(showCampaign), has_more: hasMore }, 200)
    })

    api.openapi(readCampaignRoute, async (context) => {
      const { id } = context.req.valid('param')
      return context.json(showCampaign(await campaigns.get(id)), 200)
    })

    api.openapi(postNowRoute, async (context) => {
      const { id } = context.req.valid('param')
      const { 'idempotency-key': idempotencyKey } = context.req.valid('header')
      const { post, isNew } = await postNow(id, idempotencyKey)
      return context.json(showPost(post), isNew ? 201 : 200)
    })

    api.openapi(listPostsRoute, async (context) => {
      const { id } = context.req.valid('param')
      const { limit, starting_after: startingAfter } = context.req.valid('query')
      await campaigns.get(id)
      const { rows, hasMore } = await posts.list(id, { limit, startingAfter })
      return context.json({ data: rows.map(showPost), has_more: hasMore }, 200)
    })
  }
