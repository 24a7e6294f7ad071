import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startTelemetry } from '../../../instrumentation/export/meter-providers.ts'
import {
  type OtlpPushOptions,
  startOtlpPush,
} from '../../../instrumentation/export/otlp-metrics.ts'
import { startOtlpReceiver } from '../../support/otlp-receiver.ts'
import { otlpSettings } from '../../support/otlp-settings.ts'

/** The process's clock, which advances only when the test moves it. */
function stopClock() {
  const clock = { nowMs: 1_000 }
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => clock.nowMs)
  onTestFinished(() => spy.mockRestore())
  return clock
}

async function startPush(expose: OtlpPushOptions['exposition']['expose'], intervalMs: number) {
  const receiver = await startOtlpReceiver()
  const telemetry = startTelemetry({
    serviceName: 'shop',
    serviceVersion: '0',
    instanceId: 'process',
    seriesId: undefined,
    resourceAttributes: {},
    warn: () => undefined,
  })
  telemetry.business.meter.createCounter('billing_payments_total').add(3)
  const changes: (string | undefined)[] = []
  const push = startOtlpPush({
    target: { ...otlpSettings(receiver.url).push, intervalMs },
    exposition: { expose },
    business: telemetry.business.reader,
    service: telemetry.service.reader,
    series: { instanceId: 'ledger01-1', beganAt: 0 },
    onChange: (reason) => changes.push(reason),
  })
  onTestFinished(() => telemetry.stop())
  return { push, receiver, telemetry, changes }
}

test.each([
  ['for half a lease is sent', 5_000, [3]],
  ['for longer is not', 5_001, []],
])('a push that was held up %s', async (_, heldUpMs, arrived) => {
  const clock = stopClock()
  let exposed = 0
  const { push, receiver } = await startPush(async (collect) => {
    const collected = await collect('leader')
    if (exposed === 0) clock.nowMs += heldUpMs
    exposed += 1
    if (exposed > 1) throw new Error('the last push is not looked at')
    return collected
  }, 60_000)
  await push.stop(10_000)
  const business = receiver.points.filter(({ name }) => name === 'billing_payments_total')
  expect(business.map(({ value }) => value)).toEqual(arrived)
})

test('while a push is under way no other begins', async () => {
  const held = Promise.withResolvers<void>()
  let begun = 0
  const { push } = await startPush(async (collect) => {
    begun += 1
    await held.promise
    return collect('leader')
  }, 5)
  await wait(100)
  expect(begun).toBe(1)
  held.resolve()
  await push.stop(10_000)
})

test('a process that is not the leader pushes its own metrics alone', async () => {
  const { push, receiver } = await startPush((collect) => collect('not_leader'), 60_000)
  await push.stop(10_000)
  expect(receiver.bodies.length).toBeGreaterThan(0)
  expect(receiver.points.map(({ name }) => name)).not.toContain('billing_payments_total')
})

test('that pushes fail is told once, and once more when they work again; after the stop none begins', async () => {
  let begun = 0
  const { push, changes } = await startPush((collect) => {
    begun += 1
    if (begun < 4) throw new Error('the ledger cannot be read')
    return collect('leader')
  }, 5)
  await vi.waitFor(() => expect(begun).toBeGreaterThan(5), 10_000)
  await push.stop(10_000)
  expect(changes).toEqual(['the ledger cannot be read', undefined])
  const begunBefore = begun
  await wait(50)
  expect(begun).toBe(begunBefore)
})

test('what could be collected in part is not pushed, and the reason is told', async () => {
  const { push, receiver, telemetry, changes } = await startPush(
    (collect) => collect('leader'),
    60_000,
  )
  telemetry.business.meter.createObservableCounter('broken').addCallback(() => {
    throw new Error('the callback failed')
  })
  await vi.waitFor(() => expect(receiver.bodies.length).toBeGreaterThan(1), 10_000)
  const pushedBefore = receiver.bodies.length
  await push.stop(10_000)
  expect(receiver.bodies.length).toBe(pushedBefore)
  expect(changes).toEqual([expect.stringContaining('the callback failed')])
})
