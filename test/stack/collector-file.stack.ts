import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { freePort } from '../support/loopback.ts'
import { runService } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { heldBy, isReady, ownNamesHeldBy, pay, shownBy, untilEqual, ways } from './figures.ts'
import { loopback, startBackend, startCollector } from './programs.ts'

const shipped = readFileSync(new URL('../../otel-collector.yaml', import.meta.url), 'utf8')

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
        ...webhooksOnly,
        OTEL_EXPORTER_PROMETHEUS_PORT: metricsPort,
        ...(way === 'otlp'
          ? { OTEL_EXPORTER_OTLP_ENDPOINT: collector.pushUrl, OTEL_METRIC_EXPORT_INTERVAL: '500' }
          : {}),
      })
      for (let count = 1; count <= 30; count += 1) await pay([service], 'x'.repeat(count))
      await untilEqual(
        () => heldBy(backend),
        () => shownBy(service, way),
      )
      expect(Object.keys(await heldBy(backend))).toHaveLength(7)
      const successes = Object.entries(await heldBy(backend)).filter(([series]) =>
        series.includes('status="success"'),
      )
      expect(successes.map(([, value]) => value)).toEqual([20])
      const names = await ownNamesHeldBy(backend)
      const page = await (await fetch(service.metricsUrl)).text()
      expect(names.length).toBeGreaterThan(15)
      expect(names.filter((name) => !new RegExp(`^${name}[{ ]`, 'm').test(page))).toEqual([])
    },
  )

  /** The Collector on a changed copy of the file, until it ends. */
  const runOn = (text: string) => {
    const folder = temporaryFolder()
    const file = join(folder, 'wrong.yaml')
    writeFileSync(file, text)
    const { status, stderr } = spawnSync(inject('tools').paths.otelcol, [`--config=${file}`], {
      timeout: 20_000,
      env: {
        PATH: process.env.PATH,
        OTELCOL_STATE_DIR: folder,
        OTELCOL_BIND: loopback(),
        OTELCOL_METRICS_PORT: '0',
      },
    })
    return { status, said: stderr.toString().split('\n').slice(-4).join('\n') }
  }

  test('starts on a copy of the file', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'right.yaml')
    writeFileSync(file, shipped)
    await startCollector(folder, {}, file)
  })

  test.each([
    {
      mistake: 'a component that is not declared',
      right: 'exporters: [otlp_http]',
      wrong: 'exporters: [otlp_htp]',
      reason: 'references exporter "otlp_htp" which is not configured',
    },
    {
      mistake: 'a declared component of an unknown type',
      right: '  resource:\n',
      wrong: '  resourse:\n',
      reason: 'unknown type: "resourse"',
    },
    {
      mistake: 'a missing storage',
      right: 'extensions: [health_check, file_storage/queue]',
      wrong: 'extensions: [health_check]',
      reason: 'no storage client extension found',
    },
  ])('refuses $mistake, and says so', ({ right, wrong, reason }) => {
    expect(shipped).toContain(right)
    const { status, said } = runOn(shipped.replace(right, wrong))
    expect(said).toContain(reason)
    expect(status).toBe(1)
  })
})
