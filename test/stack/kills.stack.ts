import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test, vi } from 'vitest'
import { freePort } from '../support/loopback.ts'
import { temporaryDatabase, withClient } from '../support/postgres.ts'
import { type RunningService, runService } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { heldBy, isReady, pay, seriesIdOf, shownBy, untilEqual } from './figures.ts'
import { startBackend, startCollector } from './programs.ts'

/** How many facts the ledger holds. */
async function countFacts(url: string | undefined, folder: string): Promise<number> {
  const statement = 'select cast(count(*) as integer) as count from facts'
  if (url === undefined) {
    using ledger = new DatabaseSync(join(folder, 'ledger.db'), { readOnly: true })
    return Number(ledger.prepare(statement).get()?.count)
  }
  const [row] = await withClient(url, (query) => query(statement))
  return Number(row?.count)
}

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
            ...webhooksOnly,
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
            await collector.program.end('SIGKILL')
            collector = await collector.restart()
          }
          services[index] = await start(index)
        }
        isLoading = false
        await Promise.all(loading)
        const shown = async () => {
          const pages = await Promise.all(services.map((service) => shownBy(service, way)))
          return pages.find((page) => Object.keys(page).length > 0) ?? {}
        }
        await vi.waitFor(async () => expect(Object.keys(await shown())).toHaveLength(7), {
          timeout: 20_000,
        })
        await untilEqual(() => heldBy(backend), shown)
        const total = Object.values(await heldBy(backend)).reduce((sum, value) => sum + value, 0)
        expect(total).toBeGreaterThanOrEqual(acknowledged)
        expect(total).toBe(await countFacts(url, folder))
        const [first] = services
        const instances = await backend.query(
          'count by (instance) ({__name__=~"(billing|marketing)_.*"})',
        )
        if (replicas > 1)
          expect(instances.map(({ metric }) => metric.instance)).toEqual([
            first && (await seriesIdOf(first)),
          ])
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
