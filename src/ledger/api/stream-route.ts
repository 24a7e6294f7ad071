import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../../http/api.ts'
import { problemsOf, bearerSecurity as security } from '../../http/describe.ts'
import type { FactStreams } from '../stream/open-streams.ts'
import { queryInstant } from './schemas.ts'

const streamRoute = createRoute({
  method: 'get',
  path: '/v1/facts/stream',
  operationId: 'streamFacts',
  tags: ['Ledger'],
  summary: 'Stream facts',
  description:
    'Server-sent events: each fact as an event `fact` with a Fact as its data, at least once, within about a second of its commit. After a reconnect with Last-Event-ID it goes on from there, and facts of the last seconds come again: know them by their key. A comment is sent every 15 seconds.',
  security,
  request: {
    headers: z.object({
      'last-event-id': z
        .string()
        .regex(/^\d{1,15}$/, 'send the id of the last event, unchanged')
        .optional()
        .openapi({ description: 'The id of the last event received.', example: '1795770000000' }),
    }),
    query: z.strictObject({
      recorded_after: queryInstant(
        'Begin with the facts recorded at this instant or later, unless Last-Event-ID is sent. Default: facts committed from now on.',
      ),
    }),
  },
  responses: {
    200: {
      description: 'The events.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problemsOf(400),
  },
})

const eventHeaders = {
  'content-type': 'text/event-stream',
  // Nginx would hold events back.
  'x-accel-buffering': 'no',
}

/** `GET /v1/facts/stream`. */
export function factStreamRoutes(streams: Pick<FactStreams, 'open'>): AddRoutes {
  return (api) => {
    api.openapi(streamRoute, async (context) => {
      const { 'last-event-id': lastEventId } = context.req.valid('header')
      const { recorded_after: recordedAfter } = context.req.valid('query')
      if (context.req.method === 'HEAD') return context.body(null, 200, eventHeaders)
      const fromMs = lastEventId === undefined ? recordedAfter : Number(lastEventId)
      return context.body(await streams.open(fromMs), 200, eventHeaders)
    })
  }
}
