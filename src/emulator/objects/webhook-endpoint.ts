import { listAnswer } from '../api/list-answer.ts'
import { metadataOf, optionalBoolean, optionalText, requiredText, texts } from '../api/params.ts'
import type { ApiRoute, Call } from '../api/route.ts'
import { invalidRequest, noSuch } from '../api/stripe-error.ts'
import { create, type UnitOfWork } from '../context.ts'
import { newSecret } from '../store/ids.ts'
import type { WebhookEndpoint } from './types.ts'

const path = '/v1/webhook_endpoints'
/** The endpoint of the service that the emulator belongs to. */
const ownDescription = 'The emulator sends everything here'
/** https://docs.stripe.com/webhooks: "You can register up to 16 webhook endpoints". */
const endpointsMax = 16

/** Creates the emulator's own endpoint, or changes its URL. */
export function pointWebhooksAt(unit: UnitOfWork, url: string): WebhookEndpoint {
  const kept = allEndpoints(unit).find(isOwn)
  if (!kept)
    return create(unit, 'webhook_endpoint', {
      ...newEndpoint(unit, url, ['*']),
      api_version: unit.versions().webhook,
      description: ownDescription,
    })
  kept.url = url
  unit.store.save('webhook_endpoint', kept, null)
  return kept
}

function newEndpoint(
  unit: UnitOfWork,
  url: string,
  enabledEvents: readonly string[],
): WebhookEndpoint {
  return {
    id: unit.id('webhook_endpoint'),
    object: 'webhook_endpoint',
    application: null,
    created: unit.nowSeconds,
    enabled_events: enabledEvents,
    livemode: false,
    metadata: {},
    status: 'enabled',
    url,
  }
}

function isOwn({ description }: WebhookEndpoint): boolean {
  return description === ownDescription
}

function allEndpoints({ store }: UnitOfWork): readonly WebhookEndpoint[] {
  return store.list('webhook_endpoint', {
    limit: 100,
    nowMs: Number.MAX_SAFE_INTEGER,
    created: { min: 0, max: Number.MAX_SAFE_INTEGER },
  }).items
}

function withVersion(unit: UnitOfWork, endpoint: WebhookEndpoint): WebhookEndpoint {
  return isOwn(endpoint) ? { ...endpoint, api_version: unit.versions().webhook } : endpoint
}

function find({ unit, id }: Call): WebhookEndpoint {
  const endpoint = unit.store.find('webhook_endpoint', id)
  if (endpoint) return endpoint
  throw noSuch('webhook endpoint', id, 'id', 404)
}

export const webhookEndpointRoutes: readonly ApiRoute[] = [
  {
    method: 'get',
    path,
    handle: (call) => {
      const list = listAnswer(call, 'webhook_endpoint', path)
      return { ...list, data: list.data.map((endpoint) => withVersion(call.unit, endpoint)) }
    },
  },
  {
    method: 'get',
    path: `${path}/:id`,
    handle: (call) => withVersion(call.unit, find(call)),
  },
  {
    method: 'post',
    path,
    accepts: ['api_version', 'connect', 'description', 'enabled_events', 'metadata', 'url'],
    handle: createEndpoint,
  },
  {
    method: 'post',
    path: `${path}/:id`,
    accepts: ['description', 'disabled', 'enabled_events', 'metadata', 'url'],
    handle: updateEndpoint,
  },
  { method: 'delete', path: `${path}/:id`, handle: deleteEndpoint },
]

/** The secret is in this answer alone: https://docs.stripe.com/api/webhook_endpoints/object#webhook_endpoint_object-secret */
function createEndpoint({ unit, params }: Call): object {
  const url = requiredUrl(requiredText(params, 'url'))
  const enabledEvents = texts(params, 'enabled_events')
  if (enabledEvents.length === 0) requiredText({}, 'enabled_events')
  if (allEndpoints(unit).length >= endpointsMax)
    throw invalidRequest(`You have reached the maximum of ${endpointsMax} test webhook endpoints.`)
  const secret = newSecret('whsec_', 32)
  const endpoint = create(unit, 'webhook_endpoint', {
    ...newEndpoint(unit, url, enabledEvents),
    api_version: optionalText(params, 'api_version'),
    description: optionalText(params, 'description'),
    metadata: metadataOf(params),
    $: { secret },
  })
  return { ...endpoint, secret }
}

/** The API version cannot be changed: https://docs.stripe.com/api/webhook_endpoints/update */
function updateEndpoint(call: Call): WebhookEndpoint {
  const { unit, params } = call
  const endpoint = find(call)
  const url = optionalText(params, 'url')
  if (url !== null) endpoint.url = requiredUrl(url)
  if (params.enabled_events !== undefined) endpoint.enabled_events = texts(params, 'enabled_events')
  const isDisabled = optionalBoolean(params, 'disabled')
  if (isDisabled !== null) endpoint.status = isDisabled ? 'disabled' : 'enabled'
  if (params.metadata !== undefined) endpoint.metadata = metadataOf(params)
  unit.store.save('webhook_endpoint', endpoint, null)
  return endpoint
}

function deleteEndpoint(call: Call): object {
  const { id } = find(call)
  call.unit.store.remove('webhook_endpoint', id)
  return { id, object: 'webhook_endpoint', deleted: true }
}

function requiredUrl(url: string): string {
  if (/^https?:\/\/[^/\s]/.test(url)) return url
  throw invalidRequest('Invalid URL: An explicit scheme (such as https) must be provided.', {
    code: 'url_invalid',
    param: 'url',
  })
}
