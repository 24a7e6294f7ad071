import type { MiddlewareHandler } from 'hono'
import { toAppError } from './api.ts'
import { routeOf } from './measure-requests.ts'

/** Runs a request within its span and records how it ended. */
export type TraceRequest = (
  request: {
    readonly method: string
    readonly route: string | undefined
    readonly traceparent: string | undefined
  },
  handle: () => Promise<{ readonly status: number; readonly errorCode: string | undefined }>,
) => Promise<void>

/** Runs every request in its own span, named by its route's pattern, never its path. */
export function traceRequests(trace: TraceRequest): MiddlewareHandler {
  return (context, next) =>
    trace(
      {
        method: context.req.method,
        route: routeOf(context),
        traceparent: context.req.header('traceparent'),
      },
      async () => {
        await next()
        const { error } = context
        const errorCode = error === undefined ? undefined : toAppError(error).code
        return { status: context.res.status, errorCode }
      },
    )
}
