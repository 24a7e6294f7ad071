import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'

/**
 * The load generator, in its own process: keeps `connections` sockets busy with unique signed
 * webhooks that were made before the clock started, and reports what was answered as one JSON line.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    secret: { type: 'string' },
    connections: { type: 'string', default: '64' },
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    // Without them, as fast as answers come, and until all are sent.
    'per-second': { type: 'string' },
    seconds: { type: 'string' },
  },
})
const port = Number(values.port)
const secret = values.secret ?? ''
const connections = Number(values.connections)
const total = Number(values.requests)
const perSecond = Number(values['per-second'] ?? Number.POSITIVE_INFINITY)
const forMs = Number(values.seconds ?? Number.POSITIVE_INFINITY) * 1000

const fixture = readFileSync(
  new URL('../fixtures/stripe/payment_intent.succeeded.json', import.meta.url),
  'utf8',
)
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
let state = (Number(values.seed) * 2_654_435_761) >>> 0
function randomIndex(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return (state >>> 8) % alphabet.length
}
function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomIndex()]).join('')
}
function timeText(milliseconds: number): string {
  let text = ''
  for (let rest = milliseconds; text.length < 8; rest = Math.floor(rest / 62))
    text = `${alphabet[rest % 62]}${text}`
  return text
}

/** Ids as Stripe makes them: the time first, then what makes them unique. */
function stripeId(prefix: string, index: number): string {
  return `${prefix}_3${timeText(Date.now() + Math.floor(index / 10))}${randomText(15)}`
}

const signedAt = Math.floor(Date.now() / 1000)
const createdAt = signedAt

function makeRequest(index: number): Buffer {
  const body = fixture
    .replaceAll('pi_3TvQ8dLkdIwHu7ix0aB1cD2e', stripeId('pi', index))
    .replace('evt_3TvQ8dLkdIwHu7ix0Su1cC2e', stripeId('evt', index))
    .replaceAll('1767226000', String(createdAt))
    .replaceAll('1767226060', String(createdAt))
  const signature = createHmac('sha256', secret).update(`${signedAt}.${body}`).digest('hex')
  const head = [
    'POST /webhooks/stripe HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    'Accept: */*; q=0.5, application/xml',
    'Cache-Control: no-cache',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Stripe-Signature: t=${signedAt},v1=${signature}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const requests = Array.from({ length: total }, (_, index) => makeRequest(index))
const statuses = new Map<string, number>()
/** From when each was due, so that a pause is not hidden by what was not sent meanwhile. */
const latenciesMs: number[] = []
let next = 0
let startedAt = 0

function drive(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    let dueAt = 0
    const send = (): void => {
      const request = requests[next]
      const waitMs = startedAt + (next / perSecond) * 1000 - performance.now()
      next += 1
      if (request === undefined || performance.now() - startedAt > forMs) {
        socket.end()
        resolve()
        return
      }
      dueAt = performance.now() + (perSecond === Number.POSITIVE_INFINITY ? 0 : waitMs)
      const write = (): void => {
        // A timer may be early by a part of a millisecond.
        dueAt = Math.min(dueAt, performance.now())
        socket.write(request)
      }
      if (waitMs <= 0) write()
      else setTimeout(write, waitMs)
    }
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)
      if (received.length < headEnd + 4 + length) return
      const status = received.slice(9, 12)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      latenciesMs.push(performance.now() - dueAt)
      received = ''
      send()
    })
    socket.on('error', reject)
    send()
  })
}

const sockets = await Promise.all(
  Array.from(
    { length: connections },
    () =>
      new Promise<Socket>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket))
        socket.setNoDelay(true)
        socket.once('error', reject)
      }),
  ),
)
process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
await new Promise((resolve) => process.stdin.once('data', resolve))
const cpuBefore = process.cpuUsage()
startedAt = performance.now()
await Promise.all(sockets.map(drive))
const seconds = (performance.now() - startedAt) / 1000
const cpu = process.cpuUsage(cpuBefore)
const loadCpuSeconds = (cpu.user + cpu.system) / 1e6
const sorted = latenciesMs.toSorted((one, other) => one - other)
function quantile(share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0
}
const latencyMs = { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) }
const counts = { answered: latenciesMs.length, statuses: Object.fromEntries(statuses) }
process.stdout.write(`${JSON.stringify({ ...counts, seconds, loadCpuSeconds, latencyMs })}\n`)
process.exit(0)
