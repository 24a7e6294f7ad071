import { describe, expect, inject, test, vi } from 'vitest'
import { elsewhere } from '../deploy/exported.ts'
import { startReceiver } from '../support/receiver.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startCollector } from './programs.ts'

/** A backend that permanently rejects everything it is sent. */
async function startRefusingBackend(): Promise<string> {
  const { url } = await startReceiver((_, response) => void response.writeHead(400).end())
  return url
}

const point = { asDouble: 1, timeUnixNano: `${Date.now()}000000` }
const metrics = {
  resourceMetrics: [
    { resource: {}, scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [point] } }] }] },
  ],
}

/** The names of labels of a series on a page; undefined where there is no such series. */
function labelsOn(page: string, name: string): readonly string[] | undefined {
  const line = page.split('\n').find((one) => one.startsWith(`${name}{`))
  return line === undefined ? line : [...line.matchAll(/(\w+)="/g)].map(([, label = '']) => label)
}

const asked = Object.entries(elsewhere).filter(([name]) => name.startsWith('otelcol_'))

describe.skipIf(inject('tools').paths.otelcol === '')('what the Collector says of itself', () => {
  test('after an export that failed it has every name and label that the alerts ask for', async () => {
    const collector = await startCollector(temporaryFolder(), {
      COUNTINGHOUSE_WAY_IN: 'otlp',
      OTLP_BACKEND_URL: await startRefusingBackend(),
    })
    const pushed = await fetch(`${collector.pushUrl}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(metrics),
    })
    expect(pushed.status).toBe(200)
    expect(asked.length).toBeGreaterThan(3)
    await vi.waitFor(
      async () => {
        const page = await (await fetch(collector.metricsUrl)).text()
        for (const [name, labels] of asked)
          expect(labelsOn(page, name), name).toEqual(expect.arrayContaining([...labels]))
      },
      { timeout: 30_000, interval: 500 },
    )
  })
})
