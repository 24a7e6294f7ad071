import { createHash } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { Fetch } from './server.ts'

const webhookPath = /^https?:\/\/[^/]+\/webhooks\/stripe\/?$/

/**
 * Sets security headers on every response except the signed webhook's, which no browser reads: nothing may be
 * loaded, framed or sniffed, except our inline styles, allowed by hash. A page may have its own policy for content
 * and referrers. Responses of `/v1` are not cached.
 */
export function withSecureHeaders(fetch: Fetch, styles: readonly string[]): Fetch {
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(secureHeaders({ xFrameOptions: 'DENY', referrerPolicy: false }))
  const defaults = {
    'content-security-policy': policyOf(styles),
    'referrer-policy': 'no-referrer',
  }
  app.use('*', async (context, next) => {
    await next()
    const { headers } = context.res
    for (const [name, value] of Object.entries(defaults))
      if (!headers.has(name)) headers.set(name, value)
  })
  app.use('/v1/*', async (context, next) => {
    await next()
    context.res.headers.set('cache-control', 'no-store')
  })
  app.all('*', (context) => fetch(context.req.raw, context.env))
  return (request, env) =>
    webhookPath.test(request.url) ? fetch(request, env) : app.fetch(request, env)
}

function policyOf(styles: readonly string[]): string {
  return [
    "default-src 'none'",
    `style-src ${styles.map(hashSource).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The source expression that allows one inline script or style. */
export function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
