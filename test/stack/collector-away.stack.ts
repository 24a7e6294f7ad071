import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { runService } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { heldBy, isReady, pay, shownBy, untilEqual } from './figures.ts'
import { startBackend, startCollector } from './programs.ts'

/**
 * Half an hour at the default of one push a minute is 30 pushes that fail. A push is given up after
 * 4 s, so that this time holds more than 30 of them.
 */
const awayMs = 135_000
const sampleMs = 500
/** So little that garbage cannot pass for what is kept. */
const heapMbMax = 48
/** What the memory of such a process breathes, measured. */
const breathMb = 24

function residentMb(processId: number | undefined): number {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

describe.skipIf(!isReady)('while the Collector is away', () => {
  test('memory stays flat, and the backend holds the right values once it returns', async () => {
    const folder = temporaryFolder()
    const backend = await startBackend(folder)
    const collector = await startCollector(folder, {
      COUNTINGHOUSE_WAY_IN: 'otlp',
      OTLP_BACKEND_URL: backend.otlpUrl,
    })
    const service = await runService(folder, {
      ...webhooksOnly,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.pushUrl,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      NODE_OPTIONS: `--max-old-space-size=${heapMbMax} --max-semi-space-size=1`,
    })
    let sent = 0
    const work = async (durationMs: number): Promise<readonly number[]> => {
      const samples: number[] = []
      const endsAt = performance.now() + durationMs
      while (performance.now() < endsAt) {
        for (let count = 0; count < 20; count += 1) {
          sent += 1
          expect(await pay([service], `away_${sent}`)).toBe(true)
        }
        samples.push(residentMb(service.child.pid))
        await sleep(sampleMs)
      }
      return samples
    }

    await work(20_000)
    await collector.program.end('SIGKILL')
    const samples = await work(awayMs)
    const third = Math.floor(samples.length / 3)
    const early = median(samples.slice(0, third))
    const late = median(samples.slice(-third))
    await collector.restart()
    await untilEqual(
      () => heldBy(backend),
      () => shownBy(service, 'otlp'),
    )
    const held = Object.values(await heldBy(backend)).reduce((sum, value) => sum + value, 0)
    process.stdout.write(
      `away for ${awayMs / 1000} s: ${early.toFixed(0)} MB, then ${late.toFixed(0)} MB; ${sent} sent, ${held} held\n`,
    )
    expect(held).toBe(sent)
    expect(late - early).toBeLessThan(breathMb)
  })
})
