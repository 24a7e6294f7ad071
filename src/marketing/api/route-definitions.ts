import { createRoute, z } from '@hono/zod-openapi'
import {
  idempotencyHeaders,
  jsonBody,
  jsonContent,
  pageOf,
  problemsOf,
  replayedHeader,
  bearerSecurity as security,
} from '../../http/describe.ts'
import {
  campaignPatchSchema,
  campaignRequestSchema,
  campaignSchema,
  countQuerySchema,
  deletedSchema,
  nextRunsSchema,
  pageQuerySchema,
  postSchema,
  postsQuerySchema,
  resolveSchema,
} from './schemas.ts'

const campaigns = ['Campaigns']
const posts = ['Posts']
const campaignsSchema = pageOf(campaignSchema).openapi('Campaigns')
const postsSchema = pageOf(postSchema).openapi('Posts')
const params = z.object({ id: z.string().max(255).openapi({ example: 'campaign_demo' }) })
const postParams = params.extend({
  post_id: z.string().max(255).openapi({ example: 'post_1a2b3c' }),
})

export const createCampaignRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns',
  operationId: 'createCampaign',
  tags: campaigns,
  summary: 'Create a campaign',
  description: 'It posts from its next slot on.',
  security,
  request: { body: jsonBody(campaignRequestSchema) },
  responses: {
    201: jsonContent(campaignSchema, 'The campaign.'),
    ...problemsOf(400, 415),
  },
})

export const listCampaignsRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns',
  operationId: 'listCampaigns',
  tags: campaigns,
  summary: 'List campaigns',
  description: 'The campaigns that are not deleted, newest first.',
  security,
  request: { query: pageQuerySchema },
  responses: {
    200: jsonContent(campaignsSchema, 'A page.'),
    ...problemsOf(400, 404),
  },
})

export const readCampaignRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{id}',
  operationId: 'retrieveCampaign',
  tags: campaigns,
  summary: 'Retrieve a campaign',
  description: 'A campaign that is not deleted.',
  security,
  request: { params },
  responses: { 200: jsonContent(campaignSchema, 'The campaign.'), ...problemsOf(404) },
})

export const changeCampaignRoute = createRoute({
  method: 'patch',
  path: '/v1/campaigns/{id}',
  operationId: 'updateCampaign',
  tags: campaigns,
  summary: 'Change, pause or resume a campaign',
  description: 'Omitted fields keep their values.',
  security,
  request: { params, body: jsonBody(campaignPatchSchema) },
  responses: {
    200: jsonContent(campaignSchema, 'The campaign as it is now, on every replica within 5 s.'),
    ...problemsOf(400, 404, 415),
  },
})

export const deleteCampaignRoute = createRoute({
  method: 'delete',
  path: '/v1/campaigns/{id}',
  operationId: 'deleteCampaign',
  tags: campaigns,
  summary: 'Delete a campaign',
  description: 'It has no more slots. Its posts stay.',
  security,
  request: { params },
  responses: {
    200: jsonContent(deletedSchema, 'It has no more slots.'),
    ...problemsOf(404),
  },
})

export const nextRunsRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{id}/next-runs',
  operationId: 'listNextRuns',
  tags: campaigns,
  summary: 'List the next slots of a campaign',
  description: 'In UTC and in the time zone of the campaign. None while it is paused.',
  security,
  request: { params, query: countQuerySchema },
  responses: {
    200: jsonContent(nextRunsSchema, 'None while paused.'),
    ...problemsOf(400, 404),
  },
})

export const postNowRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns/{id}/posts',
  operationId: 'createPost',
  tags: posts,
  summary: 'Post now',
  description: 'Posts the next message of a campaign outside its schedule.',
  security,
  request: {
    params,
    headers: idempotencyHeaders('Send the same key again to retry without a second post.'),
  },
  responses: {
    201: jsonContent(postSchema, 'What became of it, as committed.'),
    200: jsonContent(
      postSchema,
      'The post that an earlier call with the same key made.',
      replayedHeader,
    ),
    ...problemsOf(400, 404, 409),
  },
})

export const listPostsRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{id}/posts',
  operationId: 'listCampaignPosts',
  tags: posts,
  summary: 'List the posts of a campaign',
  description: 'Newest first, also of a deleted campaign.',
  security,
  request: { params, query: pageQuerySchema },
  responses: { 200: jsonContent(postsSchema, 'A page.'), ...problemsOf(400, 404) },
})

export const listAllPostsRoute = createRoute({
  method: 'get',
  path: '/v1/posts',
  operationId: 'listPosts',
  tags: posts,
  summary: 'List posts',
  description: 'The posts of all campaigns, also of deleted ones, newest first.',
  security,
  request: { query: postsQuerySchema },
  responses: { 200: jsonContent(postsSchema, 'A page.'), ...problemsOf(400, 404) },
})

export const resolvePostRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns/{id}/posts/{post_id}/resolve',
  operationId: 'resolvePost',
  tags: posts,
  summary: 'Resolve an unknown post',
  description:
    'Records what became of a post whose outcome is unknown. As sent it is counted, once.',
  security,
  request: { params: postParams, body: jsonBody(resolveSchema) },
  responses: {
    200: jsonContent(postSchema, 'The post; as sent it is counted, once.'),
    ...problemsOf(400, 404, 415),
  },
})
