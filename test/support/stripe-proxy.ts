import { onTestFinished } from 'vitest'
import { listen } from '../../src/http/server.ts'

export interface OwnAnswer {
  readonly status: number
  readonly body: object
}

/** Stands between the service and the emulator; answers itself where `answer` gives something. */
export async function startStripeProxy(
  target: string,
  answer: (
    method: string,
    path: string,
    headers: Headers,
  ) => OwnAnswer | undefined | Promise<undefined>,
): Promise<string> {
  const forward = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url)
    const own = await answer(request.method, pathname, request.headers)
    if (own !== undefined) return Response.json(own.body, { status: own.status })
    const body = request.method === 'GET' ? {} : { body: await request.text() }
    const headers = new Headers(request.headers)
    headers.delete('host')
    headers.delete('content-length')
    headers.delete('connection')
    const response = await fetch(target + pathname + search, {
      method: request.method,
      headers,
      ...body,
    })
    const { status } = response
    return new Response(await response.text(), { status, headers: datesOf(response) })
  }
  const server = await listen(forward, {
    name: 'the proxy',
    portSetting: 'none',
    host: '127.0.0.1',
    port: 0,
  })
  onTestFinished(() => server.stop(1_000))
  return server.url
}

function datesOf({ headers }: Response): Record<string, string> {
  return {
    'content-type': headers.get('content-type') ?? '',
    date: headers.get('date') ?? '',
  }
}
