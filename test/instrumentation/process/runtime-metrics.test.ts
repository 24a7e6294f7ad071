import { expect, test } from 'vitest'
import { startOtlpReceiver } from '../../support/otlp-receiver.ts'
import { startAppWithStripe } from '../../support/start-test-app.ts'

const runtimeName = /^(nodejs|v8js|process)_/

function namesOn(page: string, keyword: 'TYPE' | 'UNIT'): ReadonlyMap<string, string> {
  return new Map(
    page.split('\n').flatMap((line) => {
      const [hash, kind, name = '', rest = ''] = line.split(' ')
      return hash === '#' && kind === keyword && runtimeName.test(name) ? [[name, rest]] : []
    }),
  )
}

async function pageOf(metricsUrl: string): Promise<string> {
  return (await fetch(metricsUrl)).text()
}

/** The suffixes that Prometheus adds to what comes by OTLP, where the name has none of them. */
const suffixes: ReadonlyMap<string, string> = new Map([
  ['s', 'seconds'],
  ['By', 'bytes'],
])

test('the names that a scrape shows already are as Prometheus would make them from OTLP', async () => {
  const page = await pageOf((await startAppWithStripe()).metricsUrl)
  const types = namesOn(page, 'TYPE')
  const units = namesOn(page, 'UNIT')
  expect(types.size).toBeGreaterThanOrEqual(9)
  for (const [name, type] of types) {
    expect(name.split('_'), name).toContain(suffixes.get(units.get(name) ?? ''))
    expect(name.endsWith('_total'), name).toBe(type === 'counter')
  }
})

test('a push calls them the same', async () => {
  const receiver = await startOtlpReceiver()
  const app = await startAppWithStripe({
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  })
  const scraped = namesOn(await pageOf(app.metricsUrl), 'TYPE')
  await app.stop()
  const pushed = new Set(
    receiver.points.map(({ name }) => name).filter((name) => runtimeName.test(name)),
  )
  expect([...pushed].filter((name) => !scraped.has(name))).toEqual([])
  expect(pushed).toContain('process_cpu_time_seconds_total')
  expect(pushed).toContain('v8js_memory_heap_used_bytes')
})

test('a turn of the event loop that took long is seen by all who read after it', async () => {
  const app = await startAppWithStripe()
  const longest = async (): Promise<number> => {
    const page = await pageOf(app.metricsUrl)
    return Number(page.match(/^nodejs_eventloop_delay_max_seconds (\S+)$/m)?.[1])
  }
  await longest()
  const until = performance.now() + 300
  while (performance.now() < until);
  const first = await longest()
  expect(first).toBeGreaterThan(0.25)
  expect(await longest()).toBeGreaterThanOrEqual(first)
})
