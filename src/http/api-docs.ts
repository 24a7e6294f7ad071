import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createRoute, z } from '@hono/zod-openapi'
import { html } from 'hono/html'
import type { AddRoutes } from './api.ts'
import { type Asset, createAsset } from './asset.ts'
import { onlyProblems } from './describe.ts'

const docsRoute = createRoute({
  method: 'get',
  path: '/docs',
  operationId: 'showDocs',
  tags: ['Service'],
  summary: 'Show this description as a page',
  description: 'Swagger UI, with a form for each operation. Sign in by its button Authorize.',
  security: [],
  responses: {
    200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
    ...onlyProblems(403, 500, 503),
  },
})

/** Swagger UI's own style has images in `data:` URLs. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const script = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
})
`

const assets = {
  'swagger-ui.css': [
    'text/css; charset=utf-8',
    read(import.meta.resolve('swagger-ui-dist/swagger-ui.css')),
  ],
  'swagger-ui.js': [
    'text/javascript; charset=utf-8',
    read(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')),
  ],
  'icon.png': ['image/png', read(import.meta.resolve('swagger-ui-dist/favicon-32x32.png'))],
  'start.js': ['text/javascript; charset=utf-8', async () => Buffer.from(script)],
} as const satisfies Readonly<Record<string, readonly [string, () => Promise<Buffer<ArrayBuffer>>]>>

const cacheControl = 'public, max-age=3600'

const page = html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>countinghouse API</title>
  <link rel="icon" href="/docs/icon.png">
  <link rel="stylesheet" href="/docs/swagger-ui.css">
  <script src="/docs/swagger-ui.js" defer></script>
  <script src="/docs/start.js" defer></script>
</head>
<body><main id="docs"></main></body>
</html>`

/** `GET /docs` and its files, all from this origin and without inline scripts. A file is read when it is first asked for. */
export const apiDocs: AddRoutes = (api) => {
  api.openapi(docsRoute, async (context) => {
    context.header('content-security-policy', policy)
    context.header('cache-control', 'no-cache')
    return context.html(page, 200)
  })
  for (const [name, [type, readContent]] of Object.entries(assets)) {
    let asset: Promise<Asset> | undefined
    api.get(`/docs/${name}`, async (context) => {
      asset ??= readContent().then((content) => createAsset(content, { type, cacheControl }))
      return (await asset).answer(context)
    })
  }
}

function read(url: string): () => Promise<Buffer<ArrayBuffer>> {
  return () => readFile(fileURLToPath(url))
}
