import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { messageOf } from '../errors.ts'
import { apiRoutes } from './api/routes.ts'
import {
  type ApiOptions,
  answerHeaders,
  errorText,
  type SandboxContext,
  serveApi,
} from './api/serve.ts'
import { type ErrorBody, StripeError } from './api/stripe-error.ts'
import { guard } from './control/guard.ts'
import { controlRoutes } from './control/routes.ts'
import { payRoutes } from './pages/pay-routes.ts'
import type { ServiceLink } from './pages/service-link.ts'
import { shopRoutes } from './pages/shop-routes.ts'

export interface ServerOptions extends ApiOptions {
  readonly link: ServiceLink
  readonly log: (message: string, detail?: object) => void
}

export type SandboxApp = Hono<{ Bindings: HttpBindings }>

const bodyBytesMax = 1024 * 1024

/** All that the sandbox answers: Stripe's API, its own controls, and the pages. */
export function createServer(options: ServerOptions): SandboxApp {
  const { world, log, link, catchUp } = options
  const app: SandboxApp = new Hono()
  const refuse = (c: SandboxContext, status: number, type: ErrorBody['type'], message: string) => {
    const headers = answerHeaders(world, c, world.newId('request', world.now()))
    return new Response(errorText(new StripeError(status, { type, message })), { status, headers })
  }
  const tooLarge = `A request may be ${bodyBytesMax} bytes long.`
  app.use(
    bodyLimit({
      maxSize: bodyBytesMax,
      onError: (c) => refuse(c, 413, 'invalid_request_error', tooLarge),
    }),
  )
  for (const route of apiRoutes)
    app.on(route.method.toUpperCase(), route.path, serveApi(options, route))
  for (const path of ['/', '/shop/*', '/pay/*', '/sandbox/*']) app.use(path, guard)
  app.route('/', shopRoutes(world, link))
  app.route('/', payRoutes(world, catchUp))
  app.route('/sandbox', controlRoutes(world, catchUp))
  app.notFound((c) => {
    const message = `Unrecognized request URL (${c.req.method}: ${c.req.path}).`
    return refuse(c, 404, 'invalid_request_error', message)
  })
  app.onError((cause, c) => {
    log('the sandbox failed', { path: c.req.path, cause: messageOf(cause) })
    return refuse(c, 500, 'api_error', 'The sandbox failed.')
  })
  return app
}
