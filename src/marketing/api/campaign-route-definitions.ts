import { createRoute, z } from '@hono/zod-openapi'
import {
  jsonBody,
  jsonContent,
  pageOf,
  problemsOf,
  bearerSecurity as security,
} from '../../http/describe.ts'
import { campaignPreviewSchema } from './preview-schema.ts'
import {
  campaignPatchSchema,
  campaignRequestSchema,
  campaignSchema,
  countQuerySchema,
  deletedSchema,
  nextRunsSchema,
  pageQuerySchema,
} from './schemas.ts'

const campaigns = ['Campaigns']
const campaignsSchema = pageOf(campaignSchema).openapi('Campaigns')

/** The path parameters of a campaign's routes. */
export const campaignParams = z.object({
  id: z.string().max(255).openapi({ example: 'campaign_demo' }),
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

export const previewCampaignRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns/preview',
  operationId: 'previewCampaign',
  tags: campaigns,
  summary: 'Preview a campaign',
  description:
    'What it would post, with its length on each channel, and its first slots. Nothing is stored.',
  security,
  request: { body: jsonBody(campaignRequestSchema) },
  responses: {
    200: jsonContent(campaignPreviewSchema, 'The preview.'),
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
  request: { params: campaignParams },
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
  request: { params: campaignParams, body: jsonBody(campaignPatchSchema) },
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
  request: { params: campaignParams },
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
  request: { params: campaignParams, query: countQuerySchema },
  responses: {
    200: jsonContent(nextRunsSchema, 'None while paused.'),
    ...problemsOf(400, 404),
  },
})
