import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'

export interface MeasuredRequest {
  readonly method: string
  /** The route's pattern; undefined where no route matched. */
  readonly route: string | undefined
  readonly status: number
  readonly seconds: number
}

/** The pattern of a request's route; undefined where no route matched. */
export function routeOf(context: Context): string | undefined {
  const pattern = routePath(context, -1)
  return pattern.endsWith('*') ? undefined : pattern
}

/** Tells of every request once it is answered, by the pattern of its route and never by its path. */
export function measureRequests(report: (request: MeasuredRequest) => void): MiddlewareHandler {
  return async (context, next) => {
    const startedAt = performance.now()
    await next()
    report({
      method: context.req.method,
      route: routeOf(context),
      status: context.res.status,
      seconds: (performance.now() - startedAt) / 1000,
    })
  }
}
