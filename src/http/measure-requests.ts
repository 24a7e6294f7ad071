import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'

export interface MeasuredRequest {
  readonly method: string
  /** The route's pattern; undefined if no route matched. */
  readonly route: string | undefined
  readonly status: number
  readonly seconds: number
}

/** The pattern of a request's route; undefined if no route matched. */
export function routeOf(context: Context): string | undefined {
  const pattern = routePath(context, -1)
  return pattern.endsWith('*') ? undefined : pattern
}

/** Reports every request after its response, by its route's pattern, never its path. */
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
