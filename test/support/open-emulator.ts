import { join } from 'node:path'
import Stripe from 'stripe'
import {
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from '../../src/emulator/start-emulator.ts'
import { type FakeService, startFakeService } from './fake-service.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { testStack } from './test-stack.ts'
import { until } from './until.ts'

export interface OpenEmulator {
  readonly emulator: Emulator
  readonly stripe: Stripe
  readonly service: FakeService
  readonly file: string
  readonly logged: string[]
  /** A clock that stands still unless it is moved; real time without `at`. */
  readonly clock: { nowMs: number | null }
  /** Asks the emulator itself, outside Stripe's API. */
  ask(path: string, body?: unknown): Promise<{ status: number; body: unknown; text: string }>
  /** Waits until the service has these event types, in any order, at least so many times. */
  arrive(...types: string[]): Promise<void>
  /** Stops the emulator and starts another on the same file. */
  restart(options?: Partial<EmulatorOptions>): Promise<OpenEmulator>
}

/** An emulator on a temporary file with a fake service behind it; all of it ends with the test. */
export async function openEmulator(options: Partial<EmulatorOptions> = {}): Promise<OpenEmulator> {
  const stack = testStack()
  const service = await startFakeService(stack)
  return open(stack, join(temporaryFolder(stack), 'stripe.db'), service, options)
}

/** The client that our service uses, pointed at the emulator. */
export function clientFor(
  emulator: Pick<Emulator, 'url' | 'secretKey'>,
  key = emulator.secretKey,
): Stripe {
  const { hostname, port } = new URL(emulator.url)
  const place = { host: hostname, port: Number(port), protocol: 'http' } as const
  return new Stripe(key, { ...place, telemetry: false, maxNetworkRetries: 0 })
}

async function open(
  stack: AsyncDisposableStack,
  file: string,
  service: FakeService,
  options: Partial<EmulatorOptions>,
): Promise<OpenEmulator> {
  const clock: OpenEmulator['clock'] = { nowMs: null }
  const logged: string[] = []
  const settings: EmulatorOptions = {
    host: '127.0.0.1',
    port: 0,
    file,
    now: () => clock.nowMs ?? Date.now(),
    log: (message) => logged.push(message),
    retryDelaysMs: [20],
    ...options,
  }
  const emulator = await startEmulator(settings)
  stack.defer(() => emulator.stop())
  emulator.connect({
    webhookUrl: `${service.url}/webhooks/stripe`,
    apiUrl: service.url,
    apiKey: 'our-own-key',
    metricsUrl: `${service.url}/metrics`,
  })
  return {
    emulator,
    stripe: clientFor(emulator),
    service,
    file,
    logged,
    clock,
    ask: async (path, body) => {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      const answer = await fetch(emulator.url + path, init)
      const text = await answer.text()
      const json = answer.headers.get('content-type')?.includes('json')
      return { status: answer.status, body: json ? JSON.parse(text) : undefined, text }
    },
    arrive: async (...types) => {
      const missing = () => {
        const left = service.types()
        return types.filter((type) => {
          const index = left.indexOf(type)
          if (index >= 0) left.splice(index, 1)
          return index < 0
        })
      }
      await until(
        () => `${missing().join()} to arrive beside ${service.types().join()}`,
        () => missing().length === 0,
      )
    },
    restart: async (changed = {}) => {
      await emulator.stop()
      return open(stack, file, service, { ...options, ...changed })
    },
  }
}

/** The error that a call ends with. */
export async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call
  } catch (cause) {
    if (cause instanceof Stripe.errors.StripeError) return cause
    throw cause
  }
  throw new Error('the call was expected to be refused')
}

/** Starts a Checkout Session for a plan as our service does. */
export async function startCheckout(
  stripe: Stripe,
  plan: string,
  more: Stripe.Checkout.SessionCreateParams = {},
): Promise<Stripe.Checkout.Session> {
  const { data } = await stripe.prices.list({ lookup_keys: [plan], active: true })
  return stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: String(data[0]?.id), quantity: 1 }],
    success_url: 'http://127.0.0.1:1/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://127.0.0.1:1/cancelled',
    metadata: { plan, countinghouse: 'ledger-1' },
    ...more,
  })
}
