import { createRoute, z } from '@hono/zod-openapi'
import type { Api } from './api.ts'
import { onlyProblems } from './describe.ts'

const openApiRoute = createRoute({
  method: 'get',
  path: '/openapi.json',
  operationId: 'readOpenApi',
  tags: ['Service'],
  summary: 'Read this description',
  description: 'The OpenAPI 3.1 document of this service. /docs shows it.',
  security: [],
  responses: {
    200: {
      description: 'The document.',
      content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
    },
    304: { description: 'It is still the one that If-None-Match names.' },
    ...onlyProblems(403, 500, 503),
  },
})

/** `GET /openapi.json`: the description of every route and webhook that was declared before. */
export function addOpenApi(api: Api, version: string): void {
  addComponents(api)
  let document: { readonly json: string; readonly etag: string } | undefined
  const documentOf = () => api.getOpenAPI31Document(describeService(version))
  api.openapi(openApiRoute, async (context) => {
    document ??= await toDocument(documentOf())
    const headers = { etag: document.etag, 'cache-control': 'no-cache' }
    return context.req.header('if-none-match') === document.etag
      ? context.body(null, 304, headers)
      : context.body(document.json, 200, { ...headers, 'content-type': 'application/json' })
  })
}

async function toDocument(document: object) {
  const json = JSON.stringify(document)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(json))
  return { json, etag: `"${Buffer.from(digest).toString('base64url').slice(0, 22)}"` }
}

function addComponents({ openAPIRegistry: registry }: Api): void {
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'One of API_KEYS. Not needed while none is configured.',
  })
  registry.registerComponent('headers', 'RequestId', {
    description:
      "The request's id, also in problem documents and the log. A caller may send its own: one token of at most 128 letters, digits and _ . : / + = -",
    schema: { type: 'string' },
    example: '6f1c2d0e-4c2f-4b7e-9a55-0d5b8f2f6f0a',
  })
  registry.registerComponent('headers', 'RetryAfter', {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'integer', minimum: 1 },
    example: 1,
  })
  registry.registerComponent('headers', 'IdempotentReplayed', {
    description: 'true if an earlier request with the same Idempotency-Key had this effect.',
    schema: { type: 'string', enum: ['true'] },
  })
}

function describeService(version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'countinghouse',
      version,
      description:
        'Starts Checkout Sessions, posts promotions, and counts both truthfully. JSON is in snake_case, times are in UTC as in RFC 3339, errors are problem documents as in RFC 9457. Lists have limit and cursor, and answer data, has_more and next_cursor.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      contact: { name: 'The operator of this service' },
    },
    servers: [{ url: '/', description: 'The service that serves this document.' }],
    security: [{ bearer: [] }],
    tags: [
      { name: 'Checkout', description: 'Plans, and the Checkout Sessions that sell them.' },
      { name: 'Ledger', description: 'Facts, totals and statistics: where a number comes from.' },
      { name: 'Campaigns', description: 'What is posted, where and when.' },
      { name: 'Posts', description: 'What became of each post.' },
      { name: 'Dead letters', description: 'What Stripe sent and could not be processed.' },
      { name: 'Service', description: 'Probes, pages and this description. No API key.' },
      { name: 'Webhooks', description: 'What Stripe sends to POST /webhooks/stripe.' },
    ],
  }
}
