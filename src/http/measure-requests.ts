import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'

export interface MeasuredRequest {
  readonly method: string
  /** The route's pattern; undefined where no route matched. */
  readonly route: string | undefined
  readonly status: number
  readonly seconds: number
}

/** Tells of every request once it is answered, by the pattern of its route and never by its path. */
export const measureRequests =
  (report: (request: MeasuredRequest) => void): MiddlewareHandler =>
  async (context, next) => {
    const startedAt = performance.now()
    await next()
    const pattern = routePath(context, -1)
    report({
      method: context.req.method,
      route: pattern.endsWith('*') ? undefined : pattern,
      status: context.res.status,
      seconds: (performance.now() - startedAt) / 1000,
    })
  }
