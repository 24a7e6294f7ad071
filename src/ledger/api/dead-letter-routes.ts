import { createRoute } from '@hono/zod-openapi'
import { AppError, invalidField } from '../../errors.ts'
import type { AddRoutes } from '../../http/api.ts'
import { jsonContent, problemsOf, bearerSecurity as security } from '../../http/describe.ts'
import type { DeadLetter, DeadLetters } from '../dead-letters.ts'
import {
  deadLetterParamsSchema,
  deadLetterSchema,
  deadLettersQuerySchema,
  deadLettersSchema,
  readCursor,
  type replayOutcomes,
  replaySchema,
  showDeadLetter,
  toCursor,
} from './dead-letter-schemas.ts'

type ReplayOutcome = Exclude<(typeof replayOutcomes)[number], 'recorded'> | 'new'

export interface DeadLetterRoutesOptions {
  readonly deadLetters: DeadLetters
  /** Retrieves the object from Stripe again and records it. Removes the dead letter unless processing fails again. */
  readonly replay: (letter: DeadLetter) => Promise<ReplayOutcome>
}

const tags = ['Dead letters']

const listRoute = createRoute({
  method: 'get',
  path: '/v1/dead-letters',
  operationId: 'listDeadLetters',
  tags,
  summary: 'List dead letters',
  description:
    'Events and objects of Stripe that could not be processed and are not counted, newest first.',
  security,
  request: { query: deadLettersQuerySchema },
  responses: { 200: jsonContent(deadLettersSchema, 'A page.'), ...problemsOf(400) },
})

const readRoute = createRoute({
  method: 'get',
  path: '/v1/dead-letters/{id}',
  operationId: 'retrieveDeadLetter',
  tags,
  summary: 'Retrieve a dead letter',
  description: 'The id, the type and the reason of a dead letter; the object itself is at Stripe.',
  security,
  request: { params: deadLetterParamsSchema },
  responses: {
    200: jsonContent(deadLetterSchema, 'The dead letter.'),
    ...problemsOf(404),
  },
})

const replayRoute = createRoute({
  method: 'post',
  path: '/v1/dead-letters/{id}/replay',
  operationId: 'replayDeadLetter',
  tags,
  summary: 'Replay a dead letter',
  description: 'Retrieves the event or object from Stripe again and records it.',
  security,
  request: { params: deadLetterParamsSchema },
  responses: {
    200: jsonContent(replaySchema, 'The outcome.'),
    ...problemsOf(404, 502),
  },
})

const dismissRoute = createRoute({
  method: 'post',
  path: '/v1/dead-letters/{id}/dismiss',
  operationId: 'dismissDeadLetter',
  tags,
  summary: 'Dismiss a dead letter',
  description: 'It no longer counts as open, and the same event does not reopen it.',
  security,
  request: { params: deadLetterParamsSchema },
  responses: {
    200: jsonContent(deadLetterSchema, 'The dismissed dead letter.'),
    ...problemsOf(404),
  },
})

/** Routes to list, replay and dismiss dead letters, so that operators do not need database access. */
export function deadLetterRoutes({ deadLetters, replay }: DeadLetterRoutesOptions): AddRoutes {
  const find = async (id: string): Promise<DeadLetter> => {
    const letter = await deadLetters.find(id)
    if (letter !== undefined) return letter
    throw new AppError(
      'not_found',
      `there is no dead letter ${id}: GET /v1/dead-letters lists them`,
    )
  }

  return (api) => {
    api.openapi(listRoute, async (context) => {
      const { state, limit, cursor } = context.req.valid('query')
      const after = cursor === undefined ? undefined : readCursor(cursor)
      if (cursor !== undefined && after === undefined)
        throw invalidField('query', 'cursor', 'use the next_cursor of a page, unchanged')
      const letters = await deadLetters.list(state, limit + 1, after)
      const page = letters.slice(0, limit)
      const last = letters.length > limit ? page.at(-1) : undefined
      return context.json(
        {
          data: page.map(showDeadLetter),
          has_more: last !== undefined,
          next_cursor: last === undefined ? null : toCursor(last),
        },
        200,
      )
    })

    api.openapi(readRoute, async (context) =>
      context.json(showDeadLetter(await find(context.req.valid('param').id)), 200),
    )

    api.openapi(replayRoute, async (context) => {
      const letter = await find(context.req.valid('param').id)
      const outcome = await replay(letter)
      return context.json(
        { id: letter.id, outcome: outcome === 'new' ? ('recorded' as const) : outcome },
        200,
      )
    })

    api.openapi(dismissRoute, async (context) => {
      const { id } = await find(context.req.valid('param').id)
      await deadLetters.dismiss(id)
      return context.json(showDeadLetter(await find(id)), 200)
    })
  }
}
