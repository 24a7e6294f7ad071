import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Answer, startReceiver } from './receiver.ts'
import { testStack } from './test-stack.ts'

/** What the receiver does with a request: by default it takes it and answers 204. */
export interface Behaviour {
  readonly takes?: boolean
  readonly end: 'answers' | 'hangs' | 'resets'
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface Received {
  readonly id: string
  readonly body: string
  readonly timestamp: string
}

export type Receiver = Awaited<ReturnType<typeof openReceiver>>

/** A Standard Webhooks receiver: checks the signature itself and drops repeats by `webhook-id`. */
export async function openReceiver(stack: AsyncDisposableStack = testStack()) {
  const secret = randomBytes(32)
  const requests: Received[] = []
  const taken = new Map<string, string>()
  let next: Behaviour[] = []

  const handle: Answer = (request, response, body) => {
    const received = read(request, body)
    requests.push(received)
    const behaviour = next.shift() ?? { end: 'answers' }
    if (!isSigned(received, request.headers['webhook-signature'], secret)) {
      response.writeHead(401).end('bad signature')
      return
    }
    const status = behaviour.status ?? 204
    if (behaviour.takes ?? status < 300)
      if (!taken.has(received.id)) taken.set(received.id, received.body)
    if (behaviour.end === 'resets') request.socket.resetAndDestroy()
    else if (behaviour.end === 'answers')
      response.writeHead(status, behaviour.headers).end(status === 204 ? undefined : 'text')
  }

  const receiver = await startReceiver(handle, stack)
  const url = `${receiver.url}/hook-path-canary`
  return {
    url,
    secret: `whsec_${secret.toString('base64')}`,
    /** The channel's address as an operator would set it. */
    address: `${url}#whsec_${secret.toString('base64')}`,
    requests,
    /** What it took, once each. */
    taken,
    /** What it does with the next requests, in order. */
    willDo: (...behaviours: readonly Behaviour[]) => {
      next = [...behaviours]
    },
    close: receiver.close,
  }
}

function read(request: IncomingMessage, body: Buffer): Received {
  return {
    id: String(request.headers['webhook-id']),
    timestamp: String(request.headers['webhook-timestamp']),
    body: body.toString(),
  }
}

function isSigned(received: Received, header: unknown, secret: Buffer): boolean {
  const { id, timestamp, body } = received
  const signed = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest()
  const [version, signature = ''] = String(header).split(',')
  const given = Buffer.from(signature, 'base64')
  return version === 'v1' && given.length === signed.length && timingSafeEqual(given, signed)
}
