import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { PlanSetting } from '../config/plans.ts'
import { AppError, messageOf } from '../errors.ts'
import { refusalOf } from '../http/guard.ts'
import { statusOf } from '../http/problem.ts'
import { readBodies } from '../http/read-body.ts'
import { apiRoutes } from './api/routes.ts'
import {
  type ApiOptions,
  answerHeaders,
  errorText,
  type HttpContext,
  serveApi,
} from './api/serve.ts'
import { type ErrorBody, StripeError } from './api/stripe-error.ts'
import { isEmulatorName } from './control/guard.ts'
import { controlRoutes } from './control/routes.ts'
import { payRoutes } from './pages/pay-routes.ts'
import type { ServiceLink } from './pages/service-link.ts'
import { shopRoutes } from './pages/shop-routes.ts'

export interface ServerOptions extends ApiOptions {
  readonly link: ServiceLink
  /** The plans on the shop page. */
  readonly plans: readonly PlanSetting[]
  /** The address that it listens on. */
  readonly host: string
  readonly log: (message: string, detail?: object) => void
}

export type EmulatorApp = Hono<{ Bindings: HttpBindings }>

const bodyBytesMax = 1024 * 1024

/** All routes of the emulator: Stripe's API, its own controls, and the pages. */
export function createServer(options: ServerOptions): EmulatorApp {
  const { context, log, link, plans, catchUp } = options
  const app: EmulatorApp = new Hono()
  const isOurName = isEmulatorName(options.host)
  const refuse = (c: HttpContext, status: number, type: ErrorBody['type'], message: string) => {
    const headers = answerHeaders(context, c, context.newId('request', context.now()))
    return new Response(errorText(new StripeError(status, { type, message })), { status, headers })
  }
  app.use(
    secureHeaders({
      referrerPolicy: 'same-origin',
      xFrameOptions: 'DENY',
      strictTransportSecurity: false,
    }),
  )
  app.use(async (c, next) => {
    const refusal = refusalOf(c.req.raw, isOurName)
    if (refusal !== undefined) return refuse(c, 403, 'invalid_request_error', refusal.message)
    return next()
  })
  app.use(readBodies(bodyBytesMax))
  for (const route of apiRoutes)
    app.on(route.method.toUpperCase(), route.path, serveApi(options, route))
  app.route('/', shopRoutes(context, link, plans))
  app.route('/', payRoutes(context, catchUp))
  app.route('/emulator', controlRoutes(context, catchUp))
  app.notFound((c) => {
    const message = `Unrecognized request URL (${c.req.method}: ${c.req.path}).`
    return refuse(c, 404, 'invalid_request_error', message)
  })
  app.onError((cause, c) => {
    if (cause instanceof AppError && isBodyRefusal(cause))
      return refuse(c, statusOf(cause.code), 'invalid_request_error', cause.message)
    log('the emulator failed', { path: c.req.path, cause: messageOf(cause) })
    return refuse(c, 500, 'api_error', 'The emulator failed.')
  })
  return app
}

function isBodyRefusal({ code }: AppError): boolean {
  return code === 'body_too_large' || code === 'body_incomplete'
}
