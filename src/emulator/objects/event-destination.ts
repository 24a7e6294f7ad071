import {
  listed,
  metadataOf,
  nested,
  oneOf,
  optionalText,
  requiredText,
  texts,
} from '../api/params.ts'
import type { ApiRoute, Call } from '../api/route.ts'
import { invalidRequest, noSuch } from '../api/stripe-error.ts'
import { create } from '../context.ts'
import { newSecret } from '../store/ids.ts'
import type { EventDestination } from './types.ts'

const path = '/v2/core/event_destinations'

/**
 * Event destinations, of webhook endpoints alone. The secret is in the answer that creates one, if `include` asks for it, and
 * never again: https://docs.stripe.com/api/v2/core/event_destinations/create
 */
export const eventDestinationRoutes: readonly ApiRoute[] = [
  {
    method: 'post',
    path,
    accepts: [
      'description',
      'enabled_events',
      'event_payload',
      'events_from',
      'include',
      'metadata',
      'name',
      'snapshot_api_version',
      'type',
      'webhook_endpoint',
    ],
    handle: (call) => show(call, createDestination(call), newSecret('whsec_', 32)),
  },
  { method: 'get', path, accepts: ['include', 'limit', 'page'], handle: list },
  {
    method: 'get',
    path: `${path}/:id`,
    accepts: ['include'],
    handle: (call) => {
      const found = call.unit.store.find('event_destination', call.id)
      if (!found) throw noSuch('event destination', call.id, 'id', 404)
      return show(call, found)
    },
  },
]

function createDestination({ unit, params }: Call): EventDestination {
  oneOf(params, 'type', ['webhook_endpoint'], 'webhook_endpoint')
  if (listed(params, 'enabled_events').length === 0) requiredText({}, 'enabled_events')
  const url = requiredText(nested(params, 'webhook_endpoint'), 'url', 'webhook_endpoint.url')
  if (!URL.canParse(url)) throw invalidRequest('Not a valid URL', { param: 'webhook_endpoint.url' })
  return create(unit, 'event_destination', {
    id: unit.id('event_destination'),
    object: 'v2.core.event_destination',
    created: unit.nowSeconds,
    description: optionalText(params, 'description') ?? '',
    enabled_events: texts(params, 'enabled_events'),
    event_payload: oneOf<'snapshot' | 'thin'>(
      params,
      'event_payload',
      ['snapshot', 'thin'],
      'thin',
    ),
    events_from: ['@self'],
    livemode: false,
    metadata: metadataOf(params),
    name: requiredText(params, 'name'),
    snapshot_api_version: optionalText(params, 'snapshot_api_version'),
    status: 'enabled',
    status_details: null,
    type: 'webhook_endpoint',
    url,
  })
}

/** All on one page: there are never more than 16. */
function list(call: Call): object {
  const { items } = call.unit.store.list('event_destination', {
    limit: 100,
    nowMs: call.unit.nowMs,
    created: { min: 0, max: Number.MAX_SAFE_INTEGER },
  })
  const data = items.map((one) => show(call, one))
  return { data, next_page_url: null, previous_page_url: null }
}

/** `include` adds what is null otherwise: https://docs.stripe.com/api-v2-overview */
function show(
  { params }: Call,
  { url, created, ...destination }: EventDestination,
  secret: string | null = null,
): object {
  const included = texts(params, 'include')
  const time = new Date(created * 1000).toISOString()
  return {
    ...destination,
    created: time,
    updated: time,
    webhook_endpoint: {
      signing_secret: included.includes('webhook_endpoint.signing_secret') ? secret : null,
      url: included.includes('webhook_endpoint.url') ? url : null,
    },
  }
}
