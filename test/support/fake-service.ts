import type Stripe from 'stripe'
import { type Answer, startReceiver } from './receiver.ts'

export interface Arrived {
  readonly raw: string
  readonly signature: string
  readonly event: Stripe.Event
}

/** What our service is to the emulator: takes webhooks, starts checkouts, shows counters. */
export interface FakeService {
  readonly url: string
  readonly arrived: Arrived[]
  types(): string[]
  /** What the webhook route answers from now on. */
  answer: number
  /** The plans that were asked for, and the problem to answer with instead of a checkout. */
  readonly asked: { plan: string; authorization: string | undefined }[]
  problem: { status: number; body: string } | null
  startCheckout: (plan: string) => Promise<string>
  counters: Record<string, number>
  metricsStatus: number
  /** Ends it before its stack does. */
  stop(): Promise<void>
}

/** Ends with the stack. */
export async function startFakeService(stack: AsyncDisposableStack): Promise<FakeService> {
  const answer: Answer = async (request, response, bytes) => {
    const body = bytes.toString()
    if (request.url === '/webhooks/stripe') {
      const signature = String(request.headers['stripe-signature'])
      service.arrived.push({ raw: body, signature, event: JSON.parse(body) })
      response.writeHead(service.answer, { location: '/elsewhere' }).end()
    } else if (request.url === '/metrics') {
      response.writeHead(service.metricsStatus).end(metricsText(service.counters))
    } else if (request.url === '/v1/checkout-sessions') {
      const { plan } = JSON.parse(body)
      service.asked.push({ plan, authorization: request.headers.authorization })
      const { problem } = service
      if (problem) response.writeHead(problem.status).end(problem.body)
      else response.writeHead(201).end(JSON.stringify({ url: await service.startCheckout(plan) }))
    } else response.writeHead(200).end('a page')
  }
  const receiver = await startReceiver(answer, stack)
  const service: FakeService = {
    url: receiver.url,
    arrived: [],
    types: () => service.arrived.map(({ event }) => event.type),
    answer: 200,
    asked: [],
    problem: null,
    startCheckout: async () => 'http://127.0.0.1:1/nowhere',
    counters: {},
    metricsStatus: 200,
    stop: receiver.close,
  }
  return service
}

function metricsText(counters: Record<string, number>): string {
  return Object.entries({ 'some_other_metric{le="1"}': 3, ...counters })
    .map(([series, value]) => `${series} ${value}`)
    .join('\n')
}
