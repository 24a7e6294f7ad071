import { AppError } from '../../errors.ts'

export interface LiveUpdates {
  /** A response that reports the state now and at each change, as server-sent events. Throws `overloaded`. */
  open(): Response
  /** Ends every open response, and those that are opened later: a server that stops waits for them. Idempotent. */
  stop(): void
}

/** What an open page may show, in short. */
export interface LiveState {
  /** Differs whenever something on a page may differ. */
  readonly version: string
  readonly counters: readonly LiveCounter[]
}

export interface LiveCounter {
  readonly counter: string
  readonly label: string
  readonly total: number
}

const clientsMax = 64
const pollMs = 1_000
const commentMs = 15_000
/** A browser that reads nothing any more is dropped at this number of unread messages. */
const unreadMax = 32

type Client = ReadableStreamDefaultController<Uint8Array>

/** One reader of the ledger for all open pages of this process; it reads only while there is one. */
export function createLiveUpdates(readState: () => Promise<LiveState>): LiveUpdates {
  const clients = createClients()
  let last: LiveState | undefined
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let commentedAt = 0

  const poll = async (): Promise<void> => {
    // If it cannot be read now, it is read again in a second.
    const state = await readState().catch(() => last)
    if (isStopped) return
    if (state !== undefined && state.version !== last?.version) clients.send(eventOf(state))
    last = state
    if (performance.now() - commentedAt > commentMs) {
      commentedAt = performance.now()
      clients.send(': open\n\n')
    }
    timer = clients.size() === 0 ? undefined : setTimeout(() => void poll(), pollMs).unref()
    if (timer === undefined) last = undefined
  }

  return {
    open: () => {
      if (clients.size() >= clientsMax)
        throw new AppError('overloaded', `${clientsMax} pages are live already: reload by hand`)
      const body = clients.open(last === undefined ? 'retry: 3000\n\n' : eventOf(last))
      if (isStopped) clients.end()
      else if (timer === undefined) timer = setTimeout(() => void poll(), 0)
      return new Response(body, { headers: eventHeaders })
    },
    stop: () => {
      isStopped = true
      clearTimeout(timer)
      clients.end()
    },
  }
}

function createClients() {
  const clients = new Set<Client>()
  const encoder = new TextEncoder()
  const close = (client: Client): void => {
    clients.delete(client)
    client.close()
  }
  return {
    size: () => clients.size,
    open: (greeting: string): ReadableStream<Uint8Array> => {
      let own: Client | undefined
      return new ReadableStream({
        start: (client) => {
          own = client
          clients.add(client)
          client.enqueue(encoder.encode(greeting))
        },
        cancel: () => {
          if (own !== undefined) clients.delete(own)
        },
      })
    },
    send: (text: string): void => {
      for (const client of clients) {
        client.enqueue(encoder.encode(text))
        if ((client.desiredSize ?? 0) < -unreadMax) close(client)
      }
    },
    end: (): void => {
      for (const client of clients) close(client)
    },
  }
}

const eventHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Nginx would hold events back.
  'x-accel-buffering': 'no',
}

function eventOf(state: LiveState): string {
  return `event: state\ndata: ${JSON.stringify(state)}\n\n`
}
