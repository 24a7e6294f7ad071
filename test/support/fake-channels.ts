import type { IncomingHttpHeaders } from 'node:http'
import { startReceiver } from './receiver.ts'

/** What a service answers, in its own words. */
export interface ServiceAnswer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

export type ServiceEnd = ServiceAnswer | 'hangs' | 'resets'

/** A local server that stands for any of the services, and a fetch that leads to it. */
export async function openService({ confirms, examine }: ServiceManners) {
  const received: Received[] = []
  let next: ServiceEnd[] = []
  const { url, close } = await startReceiver((request, response, text) => {
    const body = JSON.parse(text.toString())
    const { url: path = '', headers } = request
    const one = { path, headers, text: text.toString(), body }
    received.push(one)
    const end = next.shift() ?? examine(one) ?? confirms
    if (end === 'resets') request.socket.resetAndDestroy()
    else if (end !== 'hangs') response.writeHead(end.status, end.headers).end(end.body)
  })
  const toServer: typeof fetch = (input, init) => {
    const { pathname, search } = new URL(String(input))
    return fetch(`${url}${pathname}${search}`, init)
  }
  return {
    received,
    fetch: toServer,
    willDo: (...ends: readonly ServiceEnd[]) => {
      next = [...ends]
    },
    close,
  }
}

/** What a service answers to a request: its confirmation, unless it finds something else to say. */
export interface ServiceManners {
  readonly confirms: ServiceAnswer
  readonly examine: (received: Received) => ServiceAnswer | undefined
}

export function textAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): ServiceAnswer {
  return { status, body, headers }
}
