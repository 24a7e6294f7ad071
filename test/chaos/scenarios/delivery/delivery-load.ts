import { createHmac } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { listEvents } from '../../../support/list-events.ts'
import { createRandom } from '../../../support/random.ts'

/**
 * Delivers every payment's event many times, in a process of its own: shuffled, some under a second
 * event id, some with a bad signature, again where the answer was 503. The events are Stripe's own,
 * read from its list. Prints what was answered as one JSON line.
 */
const { values } = parseArgs({
  options: {
    stripe: { type: 'string', default: '' },
    key: { type: 'string', default: '' },
    secret: { type: 'string', default: '' },
    ports: { type: 'string', default: '' },
    copies: { type: 'string', default: '10' },
    connections: { type: 'string', default: '64' },
    seed: { type: 'string', default: '1' },
  },
})
const badShare = 0.01
const secondIdShare = 0.5
const copies = Number(values.copies)
const random = createRandom(Number(values.seed))
const ports = values.ports.split(',').map(Number)

const bodies = await listEvents(
  { url: values.stripe, secretKey: values.key },
  { type: 'payment_intent.succeeded' },
)
const order = new Uint32Array(bodies.length * copies)
for (let at = 0; at < order.length; at += 1) order[at] = at % bodies.length
for (let last = order.length - 1; last > 0; last -= 1) {
  const other = random.integer(0, last)
  const kept = order[last] ?? 0
  order[last] = order[other] ?? 0
  order[other] = kept
}

interface Delivery {
  readonly payment: number
  readonly isBad: boolean
  readonly hasSecondId: boolean
}

const again: Delivery[] = []
let next = 0
function takeNext(): Delivery | undefined {
  if (next >= order.length) return again.pop()
  const payment = order[next] ?? 0
  next += 1
  return { payment, isBad: random.chance(badShare), hasSecondId: random.chance(secondIdShare) }
}

function bodyOf({ payment, hasSecondId }: Delivery): string {
  const first = bodies[payment] ?? ''
  return hasSecondId ? first.replace('"id":"evt_', '"id":"evt_second') : first
}

function toRequest(delivery: Delivery): string {
  const { isBad } = delivery
  const body = bodyOf(delivery)
  const time = Math.floor(Date.now() / 1000)
  const secret = isBad ? 'whsec_somebody_else' : values.secret
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return (
    'POST /webhooks/stripe HTTP/1.1\r\nHost: chaos\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${Buffer.byteLength(body)}\r\nStripe-Signature: t=${time},v1=${signature}\r\n\r\n${body}`
  )
}

const answers = new Map<string, number>()
const acknowledged = new Uint8Array(bodies.length)
const finished = { bad: 0, secondIds: 0 }
let recorded = 0

function drive(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    let current: Delivery | undefined
    const send = (): void => {
      current = takeNext()
      if (current === undefined) {
        socket.end()
        resolve()
      } else socket.write(toRequest(current))
    }
    const take = (status: string, body: string): void => {
      if (current === undefined) return
      const { isBad, payment } = current
      const name = `${isBad ? 'bad' : 'good'} ${status}`
      answers.set(name, (answers.get(name) ?? 0) + 1)
      if (status === '503') again.push(current)
      else {
        if (isBad) finished.bad += 1
        if (bodyOf(current) !== bodies[payment]) finished.secondIds += 1
      }
      if (status === '200' && !isBad) acknowledged[payment] = 1
      if (body.includes('"recorded"')) recorded += 1
    }
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)
      if (received.length < headEnd + 4 + length) return
      take(received.slice(9, 12), received.slice(headEnd + 4))
      received = ''
      send()
    })
    socket.on('error', reject)
    send()
  })
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.setNoDelay(true)
    socket.once('error', reject)
  })
}

const sockets = await Promise.all(
  Array.from({ length: Number(values.connections) }, (_, at) =>
    open(ports[at % ports.length] ?? 0),
  ),
)
const began = performance.now()
await Promise.all(sockets.map(drive))
process.stdout.write(
  `${JSON.stringify({
    deliveries: order.length,
    payments: bodies.length,
    seconds: (performance.now() - began) / 1000,
    answers: Object.fromEntries(answers),
    acknowledged: acknowledged.reduce((sum, one) => sum + one, 0),
    recorded,
    ...finished,
  })}\n`,
)
process.exit(0)
