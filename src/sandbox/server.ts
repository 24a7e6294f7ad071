import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { messageOf } from '../errors.ts'
import { type ApiOptions, answerHeaders, errorText, serveApi } from './api.ts'
import { apiRoutes } from './api-routes.ts'
import { controlRoutes } from './control.ts'
import { guard } from './guard.ts'
import { payRoutes } from './pages/pay-routes.ts'
import { shopRoutes } from './pages/shop-routes.ts'
import type { ServiceLink } from './service-link.ts'
import { StripeError } from './stripe-error.ts'

export interface ServerOptions extends ApiOptions {
  readonly link: ServiceLink
  readonly log: (message: string, detail?: object) => void
}

export type SandboxApp = Hono<{ Bindings: HttpBindings }>

/** All that the sandbox answers: Stripe's API, its own controls, and the pages. */
export const createServer = (options: ServerOptions): SandboxApp => {
  const { world, log, link, catchUp } = options
  const app: SandboxApp = new Hono()
  for (const route of apiRoutes)
    app.on(route.method.toUpperCase(), route.path, serveApi(options, route))
  for (const path of ['/', '/shop/*', '/pay/*', '/sandbox/*']) app.use(path, guard)
  app.route('/', shopRoutes(world, link))
  app.route('/', payRoutes(world, catchUp))
  app.route('/sandbox', controlRoutes(world, catchUp))
  app.notFound((c) => {
    const error = new StripeError(404, {
      type: 'invalid_request_error',
      message: `Unrecognized request URL (${c.req.method}: ${c.req.path}).`,
    })
    const headers = answerHeaders(world, c, world.newId('request', world.now()))
    return new Response(errorText(error), { status: 404, headers })
  })
  app.onError((cause, c) => {
    log('the sandbox failed', { path: c.req.path, cause: messageOf(cause) })
    const error = new StripeError(500, { type: 'api_error', message: 'The sandbox failed.' })
    const headers = answerHeaders(world, c, world.newId('request', world.now()))
    return new Response(errorText(error), { status: 500, headers })
  })
  return app
}
