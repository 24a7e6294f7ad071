import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { freePort } from '../support/loopback.ts'
import type { RunningService } from '../support/run-service.ts'
import { until } from '../support/until.ts'
import { heldBy, isReady, pay, shownBy, untilEqual, ways } from './figures.ts'
import {
  basic,
  createGuards,
  pushing,
  startGuardedBackend,
  startGuardedCollector,
  startGuardedService,
  startScraper,
  targetOf,
} from './guarded.ts'

const totals = z.object({
  data: z.array(z.object({ counter: z.string(), label: z.string(), facts: z.int() })),
})

/** The sums of a ledger's facts, in the order of their series. */
async function factsOf({ apiUrl }: RunningService): Promise<readonly number[]> {
  const { data } = totals.parse(await (await fetch(`${apiUrl}/v1/totals`)).json())
  return data
    .toSorted((one, other) =>
      `${one.counter} ${one.label}` < `${other.counter} ${other.label}` ? -1 : 1,
    )
    .map(({ facts }) => facts)
}

function inOrder(series: Readonly<Record<string, number>>): readonly number[] {
  return Object.entries(series)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, value]) => value)
}

describe.skipIf(!isReady)('behind TLS and authentication, by the files that we ship', () => {
  test.each(ways)(
    'ledger, scrape, Prometheus and the backend of the Collector hold the same seven series, by %s',
    async (way) => {
      const guards = createGuards()
      const metricsPort = String(await freePort())
      const backend = await startGuardedBackend(guards)
      const collector = await startGuardedCollector(guards, backend, {
        COUNTINGHOUSE_WAY_IN: way,
        COUNTINGHOUSE_METRICS: `["127.0.0.1:${metricsPort}"]`,
      })
      const service = await startGuardedService(guards, {
        OTEL_EXPORTER_PROMETHEUS_PORT: metricsPort,
        ...(way === 'otlp' ? pushing(guards) : {}),
      })
      expect(service.metricsUrl).toMatch(/^https:/)
      const scraper = await startScraper(service.metricsUrl, guards)
      for (let count = 1; count <= 30; count += 1)
        expect(await pay([service], 'x'.repeat(count))).toBe(true)
      const shown = (as: (typeof ways)[number]) => shownBy(service, as, guards.page)
      await untilEqual(
        () => heldBy(backend),
        () => shown(way),
      )
      await untilEqual(
        () => heldBy({ ...backend, query: scraper.query }),
        () => shown('prometheus'),
      )
      expect(await targetOf(scraper)).toBe('up: ')
      expect(inOrder(await heldBy(backend))).toEqual(await factsOf(service))
      expect(inOrder(await heldBy(backend))).toEqual([0, 0, 0, 10, 0, 20, 0])
      expect(service.written()).not.toContain('the metrics cannot be pushed')
      expect(collector.program.isAlive()).toBe(true)
    },
  )

  test('a push with a wrong token or to an unknown authority is refused, and the log of the service says so', async () => {
    const guards = createGuards()
    const backend = await startGuardedBackend(guards)
    await startGuardedCollector(guards, backend, { COUNTINGHOUSE_WAY_IN: 'otlp' })
    const right = pushing(guards)
    for (const [wrong, reason] of [
      [
        { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20canary-token' },
        'the receiver answered 401',
      ],
      [{ OTEL_EXPORTER_OTLP_HEADERS: '' }, 'the receiver answered 401'],
      [
        { OTEL_EXPORTER_OTLP_CERTIFICATE: guards.otherCaFile },
        'the receiver gave no answer (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
      ],
    ] as const) {
      const service = await startGuardedService(guards, { ...right, ...wrong })
      await until(
        () => `the log to say "${reason}": ${service.written()}`,
        () =>
          service.written().includes(`"reason":"${reason}","msg":"the metrics cannot be pushed"`),
      )
      expect(service.written()).not.toContain('canary-token')
      await service.end('SIGTERM')
    }
    expect(await heldBy(backend)).toEqual({})
  })

  test('a Prometheus with a wrong token or authority shows the target as down, with the reason', async () => {
    const guards = createGuards()
    const { metricsUrl } = await startGuardedService(guards, {})
    for (const [wrong, reason] of [
      [{ tokenFile: guards.wrongTokenFile }, /^down: .*401 Unauthorized/],
      [{ caFile: guards.otherCaFile }, /^down: .*certificate signed by unknown authority/],
    ] as const) {
      const scraper = await startScraper(metricsUrl, { ...guards, ...wrong })
      await vi.waitFor(async () => expect(await targetOf(scraper)).toMatch(reason), 30_000)
      const [up] = await scraper.query('up{job="countinghouse"}')
      expect(up?.value[1]).toBe('0')
      expect(await scraper.query('{__name__=~"billing_.*"}')).toEqual([])
    }
  })

  test.each(['token', 'authority'])(
    'a Collector that scrapes with a wrong %s has the target as down, and no counters',
    async (what) => {
      const guards = createGuards()
      const { metricsUrl } = await startGuardedService(guards, {})
      const backend = await startGuardedBackend(guards)
      const collector = await startGuardedCollector(guards, backend, {
        COUNTINGHOUSE_WAY_IN: 'prometheus',
        COUNTINGHOUSE_METRICS: `["${new URL(metricsUrl).host}"]`,
        ...(what === 'token'
          ? { COUNTINGHOUSE_TOKEN_FILE: guards.wrongTokenFile }
          : { COUNTINGHOUSE_CA_FILE: guards.otherCaFile }),
      })
      await vi.waitFor(
        async () => {
          const [up] = await backend.query('up{job="countinghouse"}')
          expect(up?.value[1]).toBe('0')
        },
        { timeout: 60_000, interval: 500 },
      )
      expect(await heldBy(backend)).toEqual({})
      expect(collector.program.errorText()).toContain('Failed to scrape Prometheus endpoint')
    },
  )

  test.each([
    ['a wrong password', { OTLP_AUTH_HEADER: basic('collector:canary') }, '401'],
    ['no known authority', { OTLP_BACKEND_CA_FILE: '' }, 'certificate signed by unknown authority'],
  ])('a Collector with %s for its backend says why it cannot export', async (_, wrong, reason) => {
    const guards = createGuards()
    const backend = await startGuardedBackend(guards)
    const collector = await startGuardedCollector(guards, backend, {
      COUNTINGHOUSE_WAY_IN: 'otlp',
      ...wrong,
    })
    await startGuardedService(guards, pushing(guards))
    await until(
      () => `the Collector to say "${reason}": ${collector.program.errorText()}`,
      () => collector.program.errorText().includes(reason),
    )
    expect(await heldBy(backend)).toEqual({})
  })
})
