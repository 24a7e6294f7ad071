import { startHttpProxy } from './http-proxy.ts'
import { testStack } from './test-stack.ts'

export interface OwnAnswer {
  readonly status: number
  readonly body: object
}

/** Stands between the service and the emulator; answers itself where `answer` gives something. */
export function startStripeProxy(
  target: string,
  answer: (
    method: string,
    path: string,
    headers: Headers,
  ) => OwnAnswer | undefined | Promise<undefined>,
): Promise<string> {
  return startHttpProxy(testStack(), {
    target: () => target,
    answer: async ({ method = '', url = '', headers }) => {
      const { pathname } = new URL(url, target)
      const given = Object.entries(headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ])
      const own = await answer(method, pathname, new Headers(given))
      if (own === undefined) return undefined
      return {
        status: own.status,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(own.body),
      }
    },
  })
}
