import { setTimeout as wait } from 'node:timers/promises'
import type { Receiver } from '../../support/channel-receiver.ts'
import { openOperatorPages } from '../big-pages.ts'

interface Disturbed {
  readonly apiUrl: string
  readonly metricsUrl: string
  readonly channel: Receiver
}

/** What the service does beside its webhooks. */
export interface Disturbance {
  /** Settings of the service in which it does this. */
  readonly environment?: Readonly<Record<string, string>>
  /** Whether it happens when a minute begins: the load then spans that moment. */
  readonly isAtTheMinute?: true
  /** Runs until the signal is aborted. */
  readonly run?: (service: Disturbed, signal: AbortSignal) => Promise<void>
  /** Done once before the load. */
  readonly prepare?: (service: Disturbed) => Promise<void>
}

export type DisturbanceName = keyof typeof disturbances

const campaignCount = 20
const everyMinute = '* * * * *'

/** By name, each alone. */
export const disturbances = {
  nothing: {},
  'a scrape every 100 ms': {
    run: ({ metricsUrl }, signal) => repeat(signal, 100, () => readText(metricsUrl)),
  },
  'five live pages': {
    run: async ({ apiUrl }, signal) => {
      const pages = openOperatorPages((path) => fetch(`${apiUrl}${path}`))
      await ended(signal)
      await pages.stop()
    },
  },
  'a sweep': { environment: { SWEEP_SCHEDULE: everyMinute }, isAtTheMinute: true },
  'a reconcile': { environment: { RECONCILE_SCHEDULE: everyMinute }, isAtTheMinute: true },
  'twenty campaigns': {
    isAtTheMinute: true,
    prepare: async ({ apiUrl }) => {
      for (let index = 0; index < campaignCount; index += 1) await createCampaign(apiUrl, index)
    },
  },
} as const satisfies Readonly<Record<string, Disturbance>>

async function createCampaign(apiUrl: string, index: number): Promise<void> {
  const answer = await fetch(`${apiUrl}/v1/campaigns`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: `Bench ${index}`,
      messages: ['Our plans are out.'],
      cron: everyMinute,
      channel: 'news',
    }),
  })
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
}

async function repeat(
  signal: AbortSignal,
  everyMs: number,
  work: () => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    await work()
    await wait(everyMs)
  }
}

async function readText(url: string): Promise<string> {
  const answer = await fetch(url)
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`)
  return text
}

function ended(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve())
  return promise
}
