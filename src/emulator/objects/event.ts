import { listAnswer } from '../api/list-answer.ts'
import { optionalBoolean, optionalText, texts } from '../api/params.ts'
import type { ApiRoute } from '../api/route.ts'
import { invalidRequest, noSuch } from '../api/stripe-error.ts'
import type { UnitOfWork } from '../context.ts'
import type { StripeEvent } from './types.ts'
import { renderEvent } from './versions.ts'

const typesMax = 20
const keptSeconds = 30 * 86_400

function withPending(unit: UnitOfWork, event: StripeEvent): StripeEvent {
  return {
    ...renderEvent(event, 'account'),
    pending_webhooks: unit.deliveries.pendingFor(event.id) > 0 ? 1 : 0,
  }
}

export const eventRoutes: readonly ApiRoute[] = [
  {
    method: 'get',
    path: '/v1/events',
    accepts: [
      'created',
      'delivery_success',
      'ending_before',
      'limit',
      'starting_after',
      'type',
      'types',
    ],
    handle: (call) => {
      const { unit, params } = call
      const type = optionalText(params, 'type')
      const types = type === null ? texts(params, 'types') : [type]
      if (type !== null && params.types !== undefined)
        throw invalidRequest('You may only specify one of these parameters: type, types.')
      if (types.length > typesMax)
        throw invalidRequest(`You may pass at most ${typesMax} types.`, { param: 'types' })
      const delivered = optionalBoolean(params, 'delivery_success')
      const list = listAnswer(call, 'event', '/v1/events', {
        sinceSeconds: unit.nowSeconds - keptSeconds,
        ...(types.length > 0 && { groupKeys: [...new Set(types)] }),
        ...(delivered !== null && {
          matches: ({ id }) => (unit.deliveries.pendingFor(id) === 0) === delivered,
        }),
      })
      return { ...list, data: list.data.map((event) => withPending(unit, event)) }
    },
  },
  {
    method: 'get',
    path: '/v1/events/:id',
    handle: ({ unit, id }) => {
      const event = unit.store.find('event', id)
      if (!event || event.created < unit.nowSeconds - keptSeconds)
        throw noSuch('event', id, 'id', 404)
      return withPending(unit, event)
    },
  },
]
