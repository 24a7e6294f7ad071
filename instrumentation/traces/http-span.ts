import { knownMethod } from '../process/known-method.ts'
import type { Traces } from './traces.ts'

export interface TracedRequest {
  readonly method: string
  /** The route's pattern; undefined if no route matched. */
  readonly route: string | undefined
  /** As sent by the caller, unvalidated. */
  readonly traceparent: string | undefined
}

export interface RequestEnd {
  readonly status: number
  /** A code of the closed set; undefined if nothing failed. */
  readonly errorCode: string | undefined
}

/** Probed every few seconds, without anything to trace. */
const untraced: ReadonlySet<unknown> = new Set(['/healthz', '/readyz'])

/** The standard server span by method, route and status. As the conventions require, 4xx is not a failure. */
export function createHttpSpan(traces: Traces) {
  return async (request: TracedRequest, handle: () => Promise<RequestEnd>): Promise<void> => {
    const { route, traceparent } = request
    if (untraced.has(route)) {
      await handle()
      return
    }
    const method = knownMethod(request.method)
    const attributes = {
      'http.request.method': method,
      ...(route === undefined ? {} : { 'http.route': route }),
    }
    const name = route === undefined ? method : `${method} ${route}`
    await traces.span({ name, kind: 'server', attributes, traceparent }, async (span) => {
      const { status, errorCode } = await handle()
      span.set({ 'http.response.status_code': status })
      if (status >= 500) span.fail(errorCode ?? String(status))
      else if (errorCode !== undefined) span.set({ 'error.type': errorCode })
    })
  }
}
