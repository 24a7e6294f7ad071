import { listAnswer } from '../api/list-answer.ts'
import type { ApiRoute } from '../api/route.ts'
import { noSuch } from '../api/stripe-error.ts'
import { create, type UnitOfWork } from '../context.ts'
import type { WebhookEndpoint } from './types.ts'

/** Creates the emulator's only endpoint, or changes its URL. */
export function pointWebhooksAt(unit: UnitOfWork, url: string): WebhookEndpoint {
  const kept = endpointOf(unit)
  if (!kept)
    return create(unit, 'webhook_endpoint', {
      id: unit.id('webhook_endpoint'),
      object: 'webhook_endpoint',
      api_version: unit.versions().webhook,
      application: null,
      created: unit.nowSeconds,
      description: 'The emulator sends everything here',
      enabled_events: ['*'],
      livemode: false,
      metadata: {},
      status: 'enabled',
      url,
    })
  kept.url = url
  unit.store.save('webhook_endpoint', kept, null)
  return kept
}

function endpointOf({ store }: UnitOfWork): WebhookEndpoint | undefined {
  return store.list('webhook_endpoint', {
    limit: 1,
    nowMs: Number.MAX_SAFE_INTEGER,
    created: { min: 0, max: Number.MAX_SAFE_INTEGER },
  }).items[0]
}

function withVersion(unit: UnitOfWork, endpoint: WebhookEndpoint): WebhookEndpoint {
  return { ...endpoint, api_version: unit.versions().webhook }
}

export const webhookEndpointRoutes: readonly ApiRoute[] = [
  {
    method: 'get',
    path: '/v1/webhook_endpoints',
    handle: (call) => {
      const list = listAnswer(call, 'webhook_endpoint', '/v1/webhook_endpoints')
      return { ...list, data: list.data.map((endpoint) => withVersion(call.unit, endpoint)) }
    },
  },
  {
    method: 'get',
    path: '/v1/webhook_endpoints/:id',
    handle: ({ unit, id }) => {
      const endpoint = unit.store.find('webhook_endpoint', id)
      if (!endpoint) throw noSuch('webhook endpoint', id, 'id', 404)
      return withVersion(unit, endpoint)
    },
  },
]
