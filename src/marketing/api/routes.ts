import { AppError } from '../../errors.ts'
import type { AddRoutes, Api } from '../../http/api.ts'
import type { CampaignPatch, CampaignRequest } from '../campaigns/campaign.ts'
import type { NextRun } from '../campaigns/next-runs.ts'
import type { CampaignPreview } from '../campaigns/preview.ts'
import type { Campaign, CampaignStore } from '../campaigns/store.ts'
import type { PostStore } from '../posts/store.ts'
import type { PostNow } from '../sending/post-now.ts'
import type { Resolution } from '../sending/resolve.ts'
import * as shapes from './campaign-route-definitions.ts'
import * as postShapes from './post-route-definitions.ts'
import { showPreview } from './preview-schema.ts'
import { showCampaign, showNextRuns, showPage, showPost } from './schemas.ts'

export interface MarketingVerbs {
  readonly campaigns: CampaignReads
  readonly posts: Pick<PostStore, 'list' | 'listAll' | 'getOf' | 'find' | 'countByState'>
  readonly create: (request: CampaignRequest) => Promise<Campaign>
  readonly change: (id: string, patch: CampaignPatch) => Promise<Campaign>
  readonly remove: (id: string) => Promise<void>
  readonly nextRuns: (campaign: Campaign, count: number) => Promise<readonly NextRun[]>
  readonly postNow: PostNow
  readonly resolve: (
    campaignId: string,
    postId: string,
    resolution: Resolution,
  ) => ReturnType<PostStore['getOf']>
}

interface CampaignReads extends Pick<CampaignStore, 'get' | 'list' | 'mustHaveBeen' | 'readNames'> {
  /** What a campaign would post, before it is stored. Rejects like `create`. */
  readonly preview: (request: CampaignRequest) => Promise<CampaignPreview>
}

/** Routes of campaigns and their posts. */
export function marketingRoutes(verbs: MarketingVerbs): AddRoutes {
  return (api) => {
    addCampaignRoutes(api, verbs)
    addPostRoutes(api, verbs)
  }
}

function addCampaignRoutes(api: Api, verbs: MarketingVerbs): void {
  const { campaigns } = verbs

  api.openapi(shapes.createCampaignRoute, async (context) => {
    const { time_zone: timeZone = 'UTC', ...request } = context.req.valid('json')
    return context.json(showCampaign(await verbs.create({ ...request, timeZone })), 201)
  })

  api.openapi(shapes.previewCampaignRoute, async (context) => {
    const { time_zone: timeZone = 'UTC', ...request } = context.req.valid('json')
    const preview = await campaigns.preview({ ...request, timeZone })
    return context.json(showPreview(preview, timeZone), 200)
  })

  api.openapi(shapes.listCampaignsRoute, async (context) => {
    const { limit, cursor: startingAfter } = context.req.valid('query')
    return context.json(showPage(await campaigns.list({ limit, startingAfter }), showCampaign), 200)
  })

  api.openapi(shapes.readCampaignRoute, async (context) => {
    const { id } = context.req.valid('param')
    return context.json(showCampaign(await campaigns.get(id)), 200)
  })

  api.openapi(shapes.changeCampaignRoute, async (context) => {
    const { id } = context.req.valid('param')
    const { time_zone: timeZone, paused: isPaused, ...patch } = context.req.valid('json')
    return context.json(showCampaign(await verbs.change(id, { ...patch, timeZone, isPaused })), 200)
  })

  api.openapi(shapes.deleteCampaignRoute, async (context) => {
    const { id } = context.req.valid('param')
    await verbs.remove(id)
    return context.json({ id, deleted: true as const }, 200)
  })

  api.openapi(shapes.nextRunsRoute, async (context) => {
    const { id } = context.req.valid('param')
    const { count } = context.req.valid('query')
    const campaign = await campaigns.get(id)
    const runs = await verbs.nextRuns(campaign, count)
    return context.json(showNextRuns(campaign.timeZone, runs), 200)
  })
}

function addPostRoutes(api: Api, verbs: MarketingVerbs): void {
  const { campaigns, posts } = verbs

  api.openapi(postShapes.postNowRoute, async (context) => {
    const { id } = context.req.valid('param')
    const { 'idempotency-key': idempotencyKey } = context.req.valid('header')
    const { keyId } = context.get('caller')
    const ownKey = idempotencyKey === undefined ? undefined : `${keyId}\n${idempotencyKey}`
    const { post, isNew } = await verbs.postNow(id, ownKey)
    if (isNew) return context.json(showPost(post), 201)
    context.header('idempotent-replayed', 'true')
    return context.json(showPost(post), 200)
  })

  api.openapi(postShapes.listPostsRoute, async (context) => {
    const { id } = context.req.valid('param')
    const { limit, cursor: startingAfter } = context.req.valid('query')
    await campaigns.mustHaveBeen(id)
    return context.json(showPage(await posts.list(id, { limit, startingAfter }), showPost), 200)
  })

  api.openapi(postShapes.listAllPostsRoute, async (context) => {
    const { limit, cursor: startingAfter, ...filter } = context.req.valid('query')
    const page = await posts.listAll(filter, { limit, startingAfter })
    return context.json(showPage(page, showPost), 200)
  })

  api.openapi(postShapes.readPostRoute, async (context) => {
    const { post_id: postId } = context.req.valid('param')
    const post = await posts.find(postId)
    if (post === undefined)
      throw new AppError('not_found', 'there is no such post: GET /v1/posts lists them')
    return context.json(showPost(post), 200)
  })

  api.openapi(postShapes.resolvePostRoute, async (context) => {
    const { id, post_id: postId } = context.req.valid('param')
    const { as } = context.req.valid('json')
    return context.json(showPost(await verbs.resolve(id, postId, as)), 200)
  })
}
