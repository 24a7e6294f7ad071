import { expect, test, vi } from 'vitest'
import { startTelemetry } from '../../../instrumentation/export/meter-providers.ts'
import { type OtlpTraces, startOtlpTraces } from '../../../instrumentation/traces/otlp-traces.ts'
import { startHangingReceiver } from '../../support/hanging-receiver.ts'
import { startOtlpReceiver } from '../../support/otlp-receiver.ts'
import { otlpSettings } from '../../support/otlp-settings.ts'

function begin(url: string, onDropped = () => undefined): OtlpTraces {
  const { resource } = startTelemetry({
    serviceName: 'test',
    serviceVersion: '0',
    instanceId: 'i',
    seriesId: undefined,
    resourceAttributes: {},
    warn: () => undefined,
  })
  return startOtlpTraces({
    target: otlpSettings(url).traces,
    resource,
    codeOf: () => 'internal',
    onChange: () => undefined,
    onDropped,
  })
}

async function nothing() {
  return undefined
}

test('spans that arrive faster than they can be sent are dropped, which is logged once; a stop does not wait for the response', async () => {
  let drops = 0
  const receiver = await startHangingReceiver('trickling')
  const traces = begin(receiver.url, () => {
    drops += 1
  })
  for (let count = 0; count < 5_000; count += 1) await traces.span({ name: 'one' }, nothing)
  expect(drops).toBe(1)
  await vi.waitFor(() => expect(receiver.waiting()).toBeGreaterThan(0), 10_000)
  await traces.stop(50)
  expect(receiver.waiting()).toBeGreaterThan(0)
}, 25_000)

test('what fits in the queue arrives whole, with the last flush', async () => {
  const receiver = await startOtlpReceiver()
  const traces = begin(receiver.url)
  for (let count = 0; count < 2_000; count += 1) await traces.span({ name: 'one' }, nothing)
  await traces.stop(10_000)
  expect(receiver.spans).toHaveLength(2_000)
})

test('a trace ends at 500 spans; the work continues', async () => {
  const receiver = await startOtlpReceiver()
  const traces = begin(receiver.url)
  let done = 0
  const call = async () => {
    done += 1
  }
  await traces.span({ name: 'round' }, async () => {
    for (let count = 0; count < 600; count += 1) await traces.span({ name: 'call' }, call)
  })
  await traces.span({ name: 'next round' }, call)
  await traces.stop(10_000)
  expect(done).toBe(601)
  expect(receiver.spans.filter(({ name }) => name === 'call')).toHaveLength(499)
  expect(receiver.spans.filter(({ name }) => name === 'next round')).toHaveLength(1)
})

test('the span under way is known within it, over awaits, and not beside it', async () => {
  const traces = begin((await startOtlpReceiver()).url)
  const ids = await traces.span({ name: 'outer' }, async () => {
    await new Promise(setImmediate)
    const outer = traces.ids()
    const inner = await traces.span({ name: 'inner' }, async () => traces.ids())
    return { outer, inner }
  })
  expect(ids.outer?.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(ids.inner?.traceId).toBe(ids.outer?.traceId)
  expect(ids.inner?.spanId).not.toBe(ids.outer?.spanId)
  expect(traces.ids()).toBeUndefined()
  await traces.stop(1_000)
})

test('a failure of the work is passed on as it is', async () => {
  const receiver = await startOtlpReceiver()
  const traces = begin(receiver.url)
  const failure = new Error('canary')
  await expect(traces.span({ name: 'work' }, () => Promise.reject(failure))).rejects.toBe(failure)
  await traces.stop(10_000)
  expect(receiver.spans).toMatchObject([
    { error: 'internal', attributes: { 'error.type': 'internal' } },
  ])
  expect(receiver.bodies.some(({ body }) => body.includes('canary'))).toBe(false)
})
