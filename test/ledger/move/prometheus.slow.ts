import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { moveLedger } from '../../../src/commands/move-ledger.ts'
import { controlsOf } from '../../support/emulator-controls.ts'
import { temporaryDatabase } from '../../support/postgres.ts'
import { type PrometheusServer, startPrometheus } from '../../support/prometheus.ts'
import { runCommand } from '../../support/run-command.ts'
import {
  type AppWithStripe,
  startAppWithStripe,
  startTestApp,
  type TestApp,
} from '../../support/start-test-app.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testStack } from '../../support/test-stack.ts'
import { connect } from './full-shop.ts'

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0

/** The targets of both jobs; the second keeps the name that the series had on SQLite. */
function writeConfig(folder: string, kept: string, ledgerId: string): string {
  const file = join(folder, 'prometheus.yml')
  writeFileSync(
    file,
    `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: countinghouse
    honor_labels: true
    file_sd_configs: [{ files: [targets.json], refresh_interval: 1s }]
  - job_name: countinghouse-kept
    honor_labels: true
    file_sd_configs: [{ files: [targets.json], refresh_interval: 1s }]
    metric_relabel_configs:
      - { source_labels: [instance], regex: ${ledgerId}-1, target_label: instance, replacement: '${kept}' }
`,
  )
  return file
}

const matrix = z.object({
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      values: z.array(z.tuple([z.number(), z.string()])),
    }),
  ),
})

/** All values of an expression, second by second, over the whole test. */
async function valuesOf({ ask }: PrometheusServer, expression: string) {
  const { result } = matrix.parse(await ask('query', { query: `(${expression})[10m:1s]` }))
  return result.map(({ metric, values }) => ({
    metric,
    values: values.map(([, value]) => Number(value)),
  }))
}

async function readValue({ query }: PrometheusServer, expression: string): Promise<number> {
  return Number((await query(expression))[0]?.value[1] ?? Number.NaN)
}

async function readLedgerId(app: TestApp): Promise<string> {
  const { ledger_id: id } = z
    .object({ ledger_id: z.string() })
    .parse(await (await app.call('GET', '/v1/totals')).json())
  return id
}

async function pay(shop: AppWithStripe, count: number): Promise<void> {
  const emulator = controlsOf(shop.emulator.url)
  await emulator.pay('success', count)
  await emulator.drained()
}

const success = 'billing_payments_total{status="success"}'
function sumOf(job: string): string {
  return `sum by (job) (billing_payments_total{status="success",job="${job}"})`
}

test.skipIf(!hasPrometheus)(
  'a real Prometheus sees the sums go on without a fall or a jump, and one series where its label is kept',
  async () => {
    const folder = temporaryFolder()
    const shop = await startAppWithStripe()
    connect(shop, shop)
    const kept = new URL(shop.metricsUrl).host
    const setTarget = (metricsUrl: string) =>
      writeFileSync(
        join(folder, 'targets.json'),
        JSON.stringify([{ targets: [new URL(metricsUrl).host] }]),
      )
    setTarget(shop.metricsUrl)
    const ledgerId = await readLedgerId(shop)
    const configFile = writeConfig(folder, kept, ledgerId)
    const server = await startPrometheus(testStack(), { folder, configFile })
    const jobs = ['countinghouse', 'countinghouse-kept']
    const expectSums = (count: number) =>
      vi.waitFor(
        async () => {
          for (const job of jobs) expect(await readValue(server, sumOf(job)), job).toBe(count)
        },
        { timeout: 60_000, interval: 200 },
      )
    await expectSums(0)
    await pay(shop, 40)
    await expectSums(40)

    await shop.stop()
    const url = await temporaryDatabase()
    const environment = { ...shop.environment, DATABASE_URL: `sqlite:${shop.folder}/ledger.db` }
    expect((await runCommand(moveLedger, environment, ['--to', url])).exitCode).toBe(0)
    const app = await startTestApp({ environment: { ...shop.environment, DATABASE_URL: url } })
    setTarget(app.metricsUrl)
    connect(shop, app)
    await expectSums(40)
    await pay(shop, 2)
    await expectSums(42)

    for (const job of jobs) {
      const total = await vi.waitFor(async () => {
        const [found] = await valuesOf(server, sumOf(job))
        expect(found?.values.at(-1)).toBe(42)
        return found
      }, 20_000)
      // Absent while nothing runs, then the same number again; never less, never both at once.
      expect(total?.values).toEqual(total?.values.toSorted((one, other) => one - other))
      expect(Math.max(...(total?.values ?? []))).toBe(42)
      expect(
        await readValue(server, `sum(resets(${success.replace('}', `,job="${job}"}`)}[10m]))`),
      ).toBe(0)
    }
    const series = await valuesOf(server, success)
    const names = series.map(({ metric }) => `${metric.job} ${metric.instance}`)
    expect(names.toSorted()).toEqual(
      [
        `countinghouse ${kept}`,
        `countinghouse ${ledgerId}-1`,
        `countinghouse-kept ${kept}`,
      ].toSorted(),
    )
  },
  180_000,
)
