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
import { campaignParams } from './campaign-route-definitions.ts'
import { pageQuerySchema, postSchema, postsQuerySchema, resolveSchema } from './schemas.ts'

const posts = ['Posts']
const postsSchema = pageOf(postSchema).openapi('Posts')
const postParams = campaignParams.extend({
  post_id: z.string().max(255).openapi({ example: 'post_1a2b3c' }),
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
    params: campaignParams,
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
  request: { params: campaignParams, query: pageQuerySchema },
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

export const readPostRoute = createRoute({
  method: 'get',
  path: '/v1/posts/{post_id}',
  operationId: 'retrievePost',
  tags: posts,
  summary: 'Retrieve a post',
  description: 'Also of a deleted campaign.',
  security,
  request: { params: postParams.pick({ post_id: true }) },
  responses: { 200: jsonContent(postSchema, 'The post.'), ...problemsOf(404) },
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
