import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, inject, test, vi } from 'vitest'
import { temporaryDatabase } from '../support/postgres.ts'
import { readSeries } from '../support/read-series.ts'
import { type RunningService, runService } from '../support/run-service.ts'
import { webhookSecret } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'
import { type Backend, freePort, startBackend, startCollector } from './programs.ts'

const isReady = inject('collectorPath') !== '' && inject('prometheusPath') !== ''

const stripe = {
  STRIPE_SECRET_KEY: 'sk_test_none',
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  STRIPE_API_BASE: 'http://127.0.0.1:9',
}

type WayIn = 'prometheus' | 'otlp'
const ways: readonly WayIn[] = ['prometheus', 'otlp']

/** The business series that a backend holds, without what tells targets apart. */
const heldBy = async (backend: Backend): Promise<Record<string, number>> => {
  const held = await backend.query('{__name__=~"(billing|marketing)_.*"}')
  return Object.fromEntries(
    held.map(({ metric, value }) => {
      const { __name__: name, plan, status } = metric
      return [`${name} ${plan ?? ''}${status ?? ''}`, Number(value[1])]
    }),
  )
}

/** The same of a scrape. */
const shownBy = async (service: RunningService): Promise<Record<string, number>> =>
  Object.fromEntries(
    [...(await readSeries(service.metricsUrl))].map(([series, value]) => {
      const name = series.replace(/\{.*/, '')
      const label = /(?:plan|status)="(\w+)"/.exec(series)?.[1] ?? ''
      return [`${name} ${label}`, value]
    }),
  )

const pay = async (services: readonly RunningService[], id: string): Promise<boolean> => {
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

const untilEqual = (read: () => Promise<unknown>, wanted: () => Promise<unknown>) =>
  vi.waitFor(async () => expect(await read()).toEqual(await wanted()), {
    timeout: 90_000,
    interval: 500,
  })

describe.skipIf(!isReady)('the real Collector on the file that we ship', () => {
  test.each(ways)(
    'brings the three counters to a backend with the names, labels and integers of a scrape, by %s',
    async (way) => {
      const folder = temporaryFolder()
      const backend = await startBackend(folder)
      const metricsPort = String(await freePort())
      const collector = await startCollector(folder, {
        COUNTINGHOUSE_WAY_IN: way,
        COUNTINGHOUSE_METRICS: `["127.0.0.1:${metricsPort}"]`,
        OTLP_BACKEND_URL: backend.otlpUrl,
      })
      const service = await runService(folder, {
        ...stripe,
        OTEL_EXPORTER_PROMETHEUS_PORT: metricsPort,
        ...(way === 'otlp'
          ? { OTEL_EXPORTER_OTLP_ENDPOINT: collector.pushUrl, OTEL_METRIC_EXPORT_INTERVAL: '500' }
          : {}),
      })
      for (let count = 1; count <= 30; count += 1) await pay([service], 'x'.repeat(count))
      await untilEqual(
        () => heldBy(backend),
        () => shownBy(service),
      )
      expect(Object.keys(await heldBy(backend))).toHaveLength(7)
      expect((await heldBy(backend))['billing_payments_total success']).toBe(20)
    },
  )

  test.each([
    ['an unknown component', 'exporters: [otlp_http]', 'exporters: [otlp_htp]'],
    [
      'a missing storage',
      'extensions: [health_check, file_storage/queue]',
      'extensions: [health_check]',
    ],
  ])('refuses %s', (_, right, wrong) => {
    const folder = temporaryFolder()
    const text = readFileSync(new URL('../../otel-collector.yaml', import.meta.url), 'utf8')
    expect(text).toContain(right)
    const file = join(folder, 'wrong.yaml')
    writeFileSync(file, text.replace(right, wrong))
    const { status } = spawnSync(inject('collectorPath'), [`--config=${file}`], {
      timeout: 20_000,
      env: { PATH: process.env.PATH, OTELCOL_STATE_DIR: folder },
    })
    expect(status).toBe(1)
  })
})

const kills = Number(process.env.STACK_KILLS ?? 50)
const collectorKills = Math.ceil(kills / 5)

describe.skipIf(!isReady)(
  `after ${kills} kills of the service and ${collectorKills} of the Collector`,
  () => {
    const places = [
      { name: 'one process on SQLite', replicas: 1, way: 'prometheus' },
      { name: 'one process on SQLite', replicas: 1, way: 'otlp' },
      { name: 'three replicas on PostgreSQL', replicas: 3, way: 'prometheus' },
      { name: 'three replicas on PostgreSQL', replicas: 3, way: 'otlp' },
    ] as const

    test.each(places)(
      'the backend holds what the ledger holds, by $way from $name',
      async ({ replicas, way }) => {
        const folder = temporaryFolder()
        const backend = await startBackend(folder)
        const url = replicas > 1 ? await temporaryDatabase() : undefined
        const ports = await Promise.all(
          Array.from({ length: replicas }, async () => String(await freePort())),
        )
        let collector = await startCollector(folder, {
          COUNTINGHOUSE_WAY_IN: way,
          COUNTINGHOUSE_METRICS: JSON.stringify(ports.map((port) => `127.0.0.1:${port}`)),
          OTLP_BACKEND_URL: backend.otlpUrl,
        })
        const start = (index: number): Promise<RunningService> =>
          runService(folder, {
            ...stripe,
            ...(url === undefined ? {} : { DATABASE_URL: url }),
            OTEL_EXPORTER_PROMETHEUS_PORT: ports[index] ?? '',
            ...(way === 'otlp'
              ? {
                  OTEL_EXPORTER_OTLP_ENDPOINT: collector.pushUrl,
                  OTEL_METRIC_EXPORT_INTERVAL: '200',
                }
              : {}),
          })
        const services = await Promise.all(ports.map((_, index) => start(index)))
        let isLoading = true
        let sent = 0
        let acknowledged = 0
        const load = async () => {
          while (isLoading) {
            sent += 1
            if (await pay(services, `${sent}_${'x'.repeat(sent % 7)}`)) acknowledged += 1
            else await new Promise((resolve) => setTimeout(resolve, 20))
          }
        }
        const loading = [load(), load()]
        for (let round = 1; round <= kills; round += 1) {
          const index = round % services.length
          const before = acknowledged
          await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(before + 3), {
            timeout: 30_000,
          })
          await services[index]?.end('SIGKILL')
          if (round % Math.ceil(kills / collectorKills) === 0) {
            await collector.program.kill()
            collector = await collector.restart()
          }
          services[index] = await start(index)
        }
        isLoading = false
        await Promise.all(loading)
        const shown = async () => {
          const pages = await Promise.all(services.map(shownBy))
          return pages.find((page) => Object.keys(page).length > 0) ?? {}
        }
        await vi.waitFor(async () => expect(Object.keys(await shown())).toHaveLength(7), {
          timeout: 20_000,
        })
        await untilEqual(() => heldBy(backend), shown)
        const total = Object.values(await heldBy(backend)).reduce((sum, value) => sum + value, 0)
        expect(total).toBeGreaterThanOrEqual(acknowledged)
        if (url !== undefined) {
          const client = new Client({ connectionString: url })
          await client.connect()
          const { rows } = await client.query('select count(*)::int as count from facts')
          await client.end()
          expect(total).toBe(rows[0]?.count)
        }
        const streams = await backend.query('count({__name__=~"(billing|marketing)_.*"})')
        expect(Number(streams[0]?.value[1])).toBe(7)
        const everHeld = await backend.query('count(last_over_time({__name__=~"billing_.*"}[1h]))')
        expect(Number(everHeld[0]?.value[1])).toBe(6)
        const resets = await backend.query('sum(resets({__name__=~"billing_.*"}[1h]))')
        expect(Number(resets[0]?.value[1])).toBe(0)
        process.stdout.write(
          `${way}, ${replicas} replicas: ${sent} sent, ${acknowledged} acknowledged, ${total} held\n`,
        )
      },
    )
  },
)
