import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { runService } from '../support/run-service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import {
  heldBy,
  isReady,
  ownNamesHeldBy,
  pay,
  shownBy,
  stripe,
  untilEqual,
  ways,
} from './figures.ts'
import { freePort, startBackend, startCollector } from './programs.ts'

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
      const names = await ownNamesHeldBy(backend)
      const page = await (await fetch(service.metricsUrl)).text()
      expect(names.length).toBeGreaterThan(15)
      expect(names.filter((name) => !new RegExp(`^${name}[{ ]`, 'm').test(page))).toEqual([])
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
    const { status } = spawnSync(inject('tools').paths.otelcol, [`--config=${file}`], {
      timeout: 20_000,
      env: { PATH: process.env.PATH, OTELCOL_STATE_DIR: folder },
    })
    expect(status).toBe(1)
  })
})
