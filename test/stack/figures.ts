import { expect, inject, vi } from 'vitest'
import { z } from 'zod'
import type { Access } from '../support/get-page.ts'
import { readSeries } from '../support/read-series.ts'
import type { RunningService } from '../support/run-service.ts'
import { deliver, eventBody } from '../support/webhooks.ts'
import type { Backend } from './programs.ts'

const { paths } = inject('tools')

/** Whether the real Collector and a Prometheus that takes OTLP were found or built. */
export const isReady = paths.otelcol !== '' && paths.prometheus !== ''

/** The two ways into the Collector, of which it uses one. */
export const ways = ['prometheus', 'otlp'] as const
export type Way = (typeof ways)[number]

/** A series with every label that it has, in one order: a second stream has a name of its own. */
function nameSeries({ __name__: name, ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return `${name}{${pairs.map(([label, value]) => `${label}="${value}"`).join(',')}}`
}

/** The business series that a backend holds, with all their labels. */
export async function heldBy(backend: Backend): Promise<Record<string, number>> {
  const held = await backend.query('{__name__=~"(billing|marketing)_.*"}')
  return Object.fromEntries(held.map(({ metric, value }) => [nameSeries(metric), Number(value[1])]))
}

const ownName = /^(?:http|nodejs|v8js|process|countinghouse)_/

/** The names of what the service says of itself, as a backend knows them. */
export async function ownNamesHeldBy(backend: Backend): Promise<readonly string[]> {
  const held = await backend.query('group by (__name__) ({__name__!=""})')
  return held.map(({ metric }) => metric.__name__ ?? '').filter((name) => ownName.test(name))
}

/** The series id of a service's ledger, from its API. */
export async function seriesIdOf(service: RunningService): Promise<string> {
  const answer = await fetch(`${service.apiUrl}/v1/totals`)
  return z.object({ series_id: z.string() }).parse(await answer.json()).series_id
}

/**
 * The business series of a page as a backend has to hold them: with `job`, and with the page's own
 * `instance`; where it has none, what the way in is known to add.
 */
export async function shownBy(
  service: RunningService,
  way: Way,
  access?: Access,
): Promise<Record<string, number>> {
  const { host } = new URL(service.metricsUrl)
  const instance = way === 'prometheus' ? host : await seriesIdOf(service)
  return Object.fromEntries(
    [...(await readSeries(service.metricsUrl, access))].map(([series, value]) => {
      const own = [...series.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [
        label,
        text,
      ])
      const name = series.replace(/\{.*/, '')
      const labels = { job: 'countinghouse', instance, ...Object.fromEntries(own) }
      return [nameSeries({ __name__: name, ...labels }), value]
    }),
  )
}

/** Tells one of the services of a payment by webhook; answers whether it was acknowledged. */
export async function pay(services: readonly RunningService[], id: string): Promise<boolean> {
  const service = services[id.length % services.length]
  const type = id.length % 3 === 0 ? 'payment_intent.payment_failed' : 'payment_intent.succeeded'
  const changes =
    type === 'payment_intent.succeeded'
      ? { id }
      : { id, last_payment_error: { code: 'card_declined', charge: `ch_${id}` } }
  // Two events of one API request are one attempt.
  const request = { id: `req_${id}`, idempotency_key: null }
  const body = eventBody(type, { id: `evt_${id}`, object: changes, event: { request } })
  const answer = await deliver(service?.apiUrl ?? '', body).catch(() => undefined)
  return answer?.status === 200
}

/** Waits until both read the same. */
export function untilEqual(read: () => Promise<unknown>, wanted: () => Promise<unknown>) {
  return vi.waitFor(async () => expect(await read()).toEqual(await wanted()), {
    timeout: 90_000,
    interval: 500,
  })
}
