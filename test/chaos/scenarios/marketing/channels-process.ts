// A process of its own: chat services and a webhook receiver that fail at random and keep the truth.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { listenOnLoopback } from '../../../support/loopback.ts'
import { createRandom } from '../../../support/random.ts'

/** What really happened, for `GET /truth`. */
export interface ChannelTruth {
  /** How often each text was posted for all to see. */
  readonly posted: Record<string, number>
  readonly requests: number
  readonly refusals: number
  readonly breaks: number
  /** Requests that came while the channel had asked for none. */
  readonly early: readonly EarlyRequest[]
  /** Requests that came while another of the same channel was being answered. */
  readonly overlaps: number
}

export interface EarlyRequest {
  /** By the clock on the wall, which is the ledger's too. */
  readonly byMs: number
  /** By a clock that nobody sets: more by how far the other was set forward meanwhile. */
  readonly byMonotonicMs: number
  /** The process that the channel had told to wait, and when (epoch). */
  readonly toldProcess: number
  readonly toldAt: number
}

interface Lane {
  heldUntil: number
  heldUntilMonotonic: number
  toldProcess: number
  toldAt: number
  underWay: number
}

const random = createRandom(Number(process.argv[2] ?? 1))
const truth = { requests: 0, refusals: 0, breaks: 0, overlaps: 0 }
const early: EarlyRequest[] = []
const posted = new Map<string, number>()
const seenIds = new Set<string>()
const lanes = new Map<string, Lane>()
let messages = 0

/** Each service's own way to say things. */
const services = {
  telegram: {
    textOf: (body: Body) => String(body.text),
    confirm: () => JSON.stringify({ ok: true, result: { message_id: messages } }),
    refuse: (seconds: number) => ({
      body: JSON.stringify({
        ok: false,
        error_code: 429,
        description: `Too Many Requests: retry after ${seconds}`,
        parameters: { retry_after: seconds },
      }),
      headers: {},
    }),
  },
  slack: {
    textOf: (body: Body) => String(body.text),
    confirm: () => 'ok',
    refuse: (seconds: number) => ({
      body: 'rate_limited',
      headers: { 'retry-after': String(seconds) },
    }),
  },
  discord: {
    textOf: (body: Body) => String(body.content),
    confirm: () => JSON.stringify({ id: String(messages) }),
    refuse: (seconds: number) => ({
      body: JSON.stringify({ message: 'You are being rate limited.', retry_after: seconds }),
      headers: {},
    }),
  },
  generic: {
    textOf: (body: Body) => String(body.data?.text),
    confirm: () => '',
    refuse: (seconds: number) => ({ body: '', headers: { 'retry-after': String(seconds) } }),
  },
} as const

interface Body {
  readonly text?: unknown
  readonly content?: unknown
  readonly data?: { readonly text?: unknown }
}

/** Some waits are longer than a replica that was killed keeps its channel. */
function shortWait(name: string): number {
  return name === 'discord' ? random.integer(3, 10) / 10 : 1
}

function laneOf(path: string): Lane {
  const lane = lanes.get(path) ?? {
    heldUntil: 0,
    heldUntilMonotonic: 0,
    toldProcess: 0,
    toldAt: 0,
    underWay: 0,
  }
  lanes.set(path, lane)
  return lane
}

function notePunctuality(lane: Lane): void {
  truth.requests += 1
  const byMs = lane.heldUntil - Date.now()
  const byMonotonicMs = lane.heldUntilMonotonic - performance.now()
  if (byMs > 0 || byMonotonicMs > 0)
    early.push({ byMs, byMonotonicMs, toldProcess: lane.toldProcess, toldAt: lane.toldAt })
}

function post(words: string, id: string | undefined): void {
  if (id !== undefined && seenIds.has(id)) return
  if (id !== undefined) seenIds.add(id)
  messages += 1
  posted.set(words, (posted.get(words) ?? 0) + 1)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? ''
  const name = path.split('/')[1] ?? ''
  const service = Object.entries(services).find(([known]) => known === name)?.[1]
  if (service === undefined) {
    response.writeHead(404).end()
    return
  }
  const lane = laneOf(path)
  notePunctuality(lane)
  if (lane.underWay > 0) truth.overlaps += 1
  lane.underWay += 1
  response.once('close', () => {
    lane.underWay -= 1
  })
  const body: Body = JSON.parse(await text(request))
  const id = request.headers['webhook-id']
  const chance = random.next()
  if (chance < 0.04) {
    const seconds = random.chance(0.1) ? random.integer(3, 8) : shortWait(name)
    truth.refusals += 1
    lane.heldUntil = Date.now() + seconds * 1000
    lane.heldUntilMonotonic = performance.now() + seconds * 1000
    lane.toldProcess = Number(request.headers['x-process'])
    lane.toldAt = Date.now()
    const refusal = service.refuse(seconds)
    response.writeHead(429, refusal.headers).end(refusal.body)
    return
  }
  if (chance < 0.065) {
    truth.breaks += 1
    if (random.chance(0.5)) post(service.textOf(body), id?.toString())
    const end = random.pick(['answers', 'resets', 'hangs'])
    if (end === 'answers') response.writeHead(random.pick([500, 502, 503])).end('broken')
    if (end === 'resets') request.socket.resetAndDestroy()
    return
  }
  post(service.textOf(body), id?.toString())
  response.writeHead(200).end(service.confirm())
}

const server = createServer((request, response) => {
  if (request.url === '/truth')
    response.end(JSON.stringify({ ...truth, early, posted: Object.fromEntries(posted) }))
  else answer(request, response).catch(() => response.destroy())
})
const port = await listenOnLoopback(new AsyncDisposableStack(), server)
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`)
