import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmulatorProcess } from '../../../support/emulator-process.ts'
import {
  type Addresses,
  mustBeReady,
  type Service,
  startService,
} from '../../../support/service.ts'
import type { LedgerPlace } from '../../harness/ledger-place.ts'
import type { ChaosRun } from '../../harness/scenario.ts'
import type { Kill } from './audit-posts.ts'
import { addressesOf } from './channels.ts'

const entry = new URL('replica-process.ts', import.meta.url).pathname

/** Replicas of the service on one ledger, some of which are starting at any time. */
export interface Replicas {
  readonly count: number
  readonly kills: readonly Kill[]
  /** The API of one that is ready. */
  anyApi(): string
  metricsUrls(): readonly string[]
  /** Ends one at random by `kill -9`; another takes its place. */
  killOne(): Promise<void>
}

interface Replica {
  readonly service: Service
  readonly ready: Promise<Addresses>
  urls?: Addresses
}

export async function startReplicas(
  chaos: ChaosRun,
  place: LedgerPlace,
  channelsUrl: string,
): Promise<Replicas> {
  const { stack, folder, random } = chaos
  const stripe = await startEmulatorProcess(stack, [`--file=${join(folder, 'stripe.db')}`])
  const count = chaos.rounds >= 10 ? 5 : 2
  const environment = {
    DATABASE_URL: place.url,
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_BASE: stripe.url,
    CHAOS_CHANNELS: channelsUrl,
    OTEL_EXPORTER_PROMETHEUS_HOST: chaos.metricsHost,
    LOG_LEVEL: 'silent',
    ...addressesOf(channelsUrl),
  }
  const start = (): Replica => {
    const service = startService(stack, { folder, entry, environment })
    const ready = mustBeReady(service)
    const replica: Replica = { service, ready }
    ready.then(
      (urls) => {
        replica.urls = urls
      },
      () => undefined,
    )
    return replica
  }
  const replicas = Array.from({ length: count }, start)
  const kills: Kill[] = []
  for (const { ready } of replicas) await ready
  const urls = () => replicas.flatMap((one) => (one.urls === undefined ? [] : [one.urls]))
  return {
    count,
    kills,
    anyApi: () => urls()[0]?.apiUrl ?? '',
    metricsUrls: () => urls().map(({ metricsUrl }) => metricsUrl),
    killOne: async () => {
      const at = random.integer(0, replicas.length - 1)
      await sleep(random.integer(0, 30))
      const pid = replicas[at]?.service.child.pid
      if (pid !== undefined) kills.push({ process: pid, at: Date.now() })
      await replicas[at]?.service.end('SIGKILL')
      replicas[at] = start()
      if (urls().length < 2) await replicas[at]?.ready
    },
  }
}
