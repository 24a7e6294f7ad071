import { expect, inject, vi } from 'vitest'
import { readSeries } from '../support/read-series.ts'
import type { RunningService } from '../support/run-service.ts'
import { webhookSecret } from '../support/start-test-app.ts'
import { deliver, eventBody } from '../support/webhooks.ts'
import type { Backend } from './programs.ts'

const { paths } = inject('tools')

/** Whether the real Collector and a Prometheus that takes OTLP were found or built. */
export const isReady = paths.otelcol !== '' && paths.prometheus !== ''

/** A Stripe account of which nothing but webhooks is needed. */
export const stripe = {
  STRIPE_SECRET_KEY: 'sk_test_none',
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  STRIPE_API_BASE: 'http://127.0.0.1:9',
}

/** The two ways into the Collector, of which it uses one. */
export const ways = ['prometheus', 'otlp'] as const

/** The business series that a backend holds, without what tells targets apart. */
export const heldBy = async (backend: Backend): Promise<Record<string, number>> => {
  const held = await backend.query('{__name__=~"(billing|marketing)_.*"}')
  return Object.fromEntries(
    held.map(({ metric, value }) => {
      const { __name__: name, plan, status } = metric
      return [`${name} ${plan ?? ''}${status ?? ''}`, Number(value[1])]
    }),
  )
}

const ownName = /^(?:http|nodejs|v8js|process|countinghouse)_/

/** The names of what the service says of itself, as a backend knows them. */
export const ownNamesHeldBy = async (backend: Backend): Promise<readonly string[]> => {
  const held = await backend.query('group by (__name__) ({__name__!=""})')
  return held.map(({ metric }) => metric.__name__ ?? '').filter((name) => ownName.test(name))
}

/** The business series of a scrape. */
export const shownBy = async (service: RunningService): Promise<Record<string, number>> =>
  Object.fromEntries(
    [...(await readSeries(service.metricsUrl))].map(([series, value]) => {
      const name = series.replace(/\{.*/, '')
      const label = /(?:plan|status)="(\w+)"/.exec(series)?.[1] ?? ''
      return [`${name} ${label}`, value]
    }),
  )

/** Tells one of the services of a payment by webhook; answers whether it was acknowledged. */
export const pay = async (services: readonly RunningService[], id: string): Promise<boolean> => {
  const service = services[id.length % services.length]
  const type = id.length % 3 === 0 ? 'payment_intent.payment_failed' : 'payment_intent.succeeded'
  const changes =
    type === 'payment_intent.succeeded'
      ? { id }
      : { last_payment_error: { code: 'card_declined', charge: `ch_${id}` } }
  const body = eventBody(type, { id: `evt_${id}`, object: changes })
  const answer = await deliver(service?.apiUrl ?? '', body).catch(() => undefined)
  return answer?.status === 200
}

/** Waits until both read the same. */
export const untilEqual = (read: () => Promise<unknown>, wanted: () => Promise<unknown>) =>
  vi.waitFor(async () => expect(await read()).toEqual(await wanted()), {
    timeout: 90_000,
    interval: 500,
  })
