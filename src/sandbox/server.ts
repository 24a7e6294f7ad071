import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { messageOf } from '../errors.ts'
import { type ApiOptions, answerHeaders, errorText, serveApi } from './api.ts'
import { apiRoutes } from './api-routes.ts'
import { StripeError } from './stripe-error.ts'

export interface ServerOptions extends ApiOptions {
  readonly log: (message: string, detail?: object) => void
}

export type SandboxApp = Hono<{ Bindings: HttpBindings }>

/** All that the sandbox answers: Stripe's API, its own controls, and the pages. */
export const createServer = (options: ServerOptions): SandboxApp => {
  const { world, log } = options
  const app: SandboxApp = new Hono()
  for (const route of apiRoutes)
    app.on(route.method.toUpperCase(), route.path, serveApi(options, route))
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
