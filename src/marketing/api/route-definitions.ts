import { createRoute, z } from '@hono/zod-openapi'
import { jsonContent, problemsOf } from '../../http/api.ts'
import {
  campaignPatchSchema,
  campaignRequestSchema,
  campaignSchema,
  countQuerySchema,
  deletedSchema,
  nextRunsSchema,
  pageQuerySchema,
  postSchema,
  resolveSchema,
} from './schemas.ts'

const security = [{ bearer: [] }]
const params = z.object({ id: z.string().max(255).openapi({ example: 'campaign_demo' }) })
const postParams = params.extend({ post_id: z.string().max(255) })
function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return {
    required: true,
    content: { 'application/json': { schema } },
  }
}
function listOf<Schema extends z.ZodType>(schema: Schema) {
  return z.object({ data: z.array(schema), has_more: z.boolean() })
}

export const createCampaignRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns',
  summary: 'Create a campaign; it posts from its next slot on',
  security,
  request: { body: jsonBody(campaignRequestSchema) },
  responses: {
    201: jsonContent(campaignSchema, 'The campaign.'),
    ...problemsOf(400, 401, 415),
  },
})

export const listCampaignsRoute = createRoute({
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

export const readCampaignRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{id}',
  summary: 'One campaign',
  security,
  request: { params },
  responses: { 200: jsonContent(campaignSchema, 'The campaign.'), ...problemsOf(401, 404) },
})

export const changeCampaignRoute = createRoute({
  method: 'patch',
  path: '/v1/campaigns/{id}',
  summary: 'Change, pause or resume a campaign; what is left out stays',
  security,
  request: { params, body: jsonBody(campaignPatchSchema) },
  responses: {
    200: jsonContent(campaignSchema, 'The campaign as it is now, on every replica within 5 s.'),
    ...problemsOf(400, 401, 404, 415, 503),
  },
})

export const deleteCampaignRoute = createRoute({
  method: 'delete',
  path: '/v1/campaigns/{id}',
  summary: 'Delete a campaign; its posts stay',
  security,
  request: { params },
  responses: {
    200: jsonContent(deletedSchema, 'It has no more slots.'),
    ...problemsOf(401, 404, 503),
  },
})

export const nextRunsRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{id}/next-runs',
  summary: 'The next slots, in UTC and in the zone of the campaign',
  security,
  request: { params, query: countQuerySchema },
  responses: {
    200: jsonContent(nextRunsSchema, 'None while paused.'),
    ...problemsOf(400, 401, 404),
  },
})

export const postNowRoute = createRoute({
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
    ...problemsOf(400, 401, 404, 409, 503),
  },
})

export const listPostsRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{id}/posts',
  summary: "A campaign's posts, newest first",
  security,
  request: { params, query: pageQuerySchema },
  responses: { 200: jsonContent(listOf(postSchema), 'A page.'), ...problemsOf(400, 401, 404) },
})

export const resolvePostRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns/{id}/posts/{post_id}/resolve',
  summary: 'Say what became of a post whose outcome is unknown',
  security,
  request: { params: postParams, body: jsonBody(resolveSchema) },
  responses: {
    200: jsonContent(postSchema, 'The post; as sent it is counted, once.'),
    ...problemsOf(400, 401, 404, 415, 503),
  },
})
