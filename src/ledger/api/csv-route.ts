import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../../http/api.ts'
import { problemsOf, bearerSecurity as security } from '../../http/describe.ts'
import { csvHeader, toCsv } from '../read/export-rows.ts'
import type { FactFilter, ReadFacts } from '../read/facts.ts'
import { queryInstant } from './schemas.ts'

const csvRoute = createRoute({
  method: 'get',
  path: '/v1/facts.csv',
  operationId: 'exportFacts',
  tags: ['Ledger'],
  summary: 'Export facts as CSV',
  description:
    'All facts of a period, newest recorded first, as CSV by RFC 4180 with a header. `amount` is `amount_minor` as an exact decimal. If the connection breaks, send the `key` of the last whole line as `cursor`: the rest comes without a header.',
  security,
  request: {
    query: z.strictObject({
      occurred_after: queryInstant('Happened at this instant or later.'),
      occurred_before: queryInstant('Happened earlier than this instant.'),
      cursor: z
        .string()
        .max(255)
        .optional()
        .openapi({ description: 'The key of the last fact already received.' }),
    }),
  },
  responses: {
    200: { description: 'The facts.', content: { 'text/csv': { schema: z.string() } } },
    ...problemsOf(400, 404),
  },
})

const factsPerPage = 500

const headers = {
  'content-type': 'text/csv; charset=utf-8',
  'content-disposition': 'attachment; filename="facts.csv"',
}

/** `GET /v1/facts.csv`. */
export function factsCsvRoute(readFacts: ReadFacts): AddRoutes {
  return (api) => {
    api.openapi(csvRoute, async (context) => {
      if (context.req.method === 'HEAD') return context.body(null, 200, headers)
      const query = context.req.valid('query')
      const { occurred_after: occurredAfter, occurred_before: occurredBefore, cursor } = query
      const filter = { occurredAfter, occurredBefore }
      return context.body(await openCsv(readFacts, filter, cursor), 200, headers)
    })
  }
}

/** Reads a page only when the client has taken the one before, and none once it is gone. */
async function openCsv(
  readFacts: ReadFacts,
  filter: FactFilter,
  cursor: string | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder()
  const read = (startingAfter: string | undefined) =>
    readFacts(filter, { limit: factsPerPage, startingAfter })
  const first = await read(cursor)
  let { next } = first
  let isGone = false
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      const text = `${cursor === undefined ? csvHeader : ''}${toCsv(first.facts)}`
      if (text !== '') controller.enqueue(encoder.encode(text))
    },
    pull: async (controller) => {
      while (next !== null) {
        const page = await read(next)
        if (isGone) return
        next = page.next
        if (page.facts.length === 0) continue
        controller.enqueue(encoder.encode(toCsv(page.facts)))
        break
      }
      if (next === null) controller.close()
    },
    cancel: () => {
      isGone = true
    },
  })
}
