import { describe, expect, test, vi } from 'vitest'
import { startTelemetry } from '../../../instrumentation/export/meter-providers.ts'
import { startOtlpPush } from '../../../instrumentation/export/otlp-metrics.ts'
import { engines } from '../../support/open-test-ledger.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts'
import { otlpSettings } from '../../support/otlp-settings.ts'
import { temporaryDatabase } from '../../support/postgres.ts'
import { startTestApp, type TestApp, webhooksOnly } from '../../support/start-test-app.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'

const stripe = {
  ...webhooksOnly,
}

function successes({ points }: OtlpReceiver) {
  return points.filter(
    ({ name, attributes }) => name === 'billing_payments_total' && attributes.status === 'success',
  )
}

function isBusiness({ name }: { readonly name: string }) {
  return /^(billing|marketing)_/.test(name)
}

async function pay(app: TestApp, id: string) {
  const body = eventBody('payment_intent.succeeded', { object: { id } })
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
}

function until(check: () => void | Promise<void>) {
  return vi.waitFor(check, { timeout: 10_000 })
}

describe.each(engines)('pushing by OTLP from %s', (engine) => {
  const prepare = async () => {
    const receiver = await startOtlpReceiver()
    const environment = {
      ...stripe,
      ...(engine === 'postgres' ? { DATABASE_URL: await temporaryDatabase() } : {}),
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_METRIC_EXPORT_INTERVAL: '50',
    }
    return { receiver, environment }
  }

  test('the seven series arrive cumulative, from 0 on, with the identity and beginning of the ledger', async () => {
    const { receiver, environment } = await prepare()
    const app = await startTestApp({ environment })
    await until(() => expect(successes(receiver).length).toBeGreaterThan(0))
    const business = receiver.points.filter(isBusiness)
    expect(
      new Set(business.map(({ name, attributes }) => name + JSON.stringify(attributes))).size,
    ).toBe(7)
    expect(business.every(({ value, isCumulative }) => value === 0 && isCumulative)).toBe(true)
    expect(new Set(business.map(({ instanceId }) => instanceId))).toEqual(
      new Set([expect.stringMatching(/^[0-9a-f]{8}-1$/)]),
    )
    await pay(app, 'pi_1')
    await until(() => expect(successes(receiver).at(-1)?.value).toBe(1))
  })

  test('a restart continues the same stream: the same start time, never a smaller value', async () => {
    const { receiver, environment } = await prepare()
    const app = await startTestApp({ environment })
    await pay(app, 'pi_1')
    await app.stop()
    expect(successes(receiver).at(-1)?.value).toBe(1)
    const again = await startTestApp({ environment, folder: app.folder })
    await pay(again, 'pi_2')
    await until(() => expect(successes(receiver).at(-1)?.value).toBe(2))
    const points = successes(receiver)
    expect(
      new Set(points.map(({ instanceId, startedAt }) => `${instanceId} ${startedAt}`)).size,
    ).toBe(1)
    const values = points.map(({ value }) => value)
    expect(values).toEqual(values.toSorted((one, other) => one - other))
  })

  test('an unreachable receiver costs nothing, is logged once, and gets the current totals when it is back', async () => {
    const { receiver, environment } = await prepare()
    receiver.answer(400)
    const app = await startTestApp({ environment })
    await pay(app, 'pi_1')
    await pay(app, 'pi_2')
    const warnings = () => app.logLines.filter((line) => line.includes('cannot be pushed'))
    await until(() => expect(warnings().length).toBe(1))
    receiver.answer(200)
    await until(() => expect(successes(receiver).at(-1)?.value).toBe(2))
    expect(warnings()).toHaveLength(1)
    await until(() => expect(app.logLines.join()).toContain('pushed again'))
  })
})

test('of two replicas the leader alone pushes the business; each pushes its own metrics', async () => {
  const receiver = await startOtlpReceiver()
  const environment = {
    ...stripe,
    DATABASE_URL: await temporaryDatabase(),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_METRIC_EXPORT_INTERVAL: '50',
  }
  const apps = [await startTestApp({ environment }), await startTestApp({ environment })]
  for (const [index, app] of apps.entries()) await pay(app, `pi_${index}`)
  await until(() => expect(successes(receiver).at(-1)?.value).toBe(2))
  expect(new Set(successes(receiver).map(({ instanceId }) => instanceId)).size).toBe(1)
  const pages = await Promise.all(apps.map((app) => app.counters()))
  const leader = apps[pages.findIndex(({ size }) => size > 0)]
  await leader?.stop()
  const heir = apps.find((app) => app !== leader)
  if (heir !== undefined) await pay(heir, 'pi_heir')
  await until(() => expect(successes(receiver).at(-1)?.value).toBe(3))
  expect(new Set(successes(receiver).map(({ startedAt }) => startedAt)).size).toBe(1)
})

/** Every different resource that the points came with. */
function resourcesOf(points: OtlpReceiver['points']) {
  return [...new Map(points.map(({ resource }) => [JSON.stringify(resource), resource])).values()]
}

test('the business has one complete resource wherever the leader runs, without process attributes; metrics and traces of a process have them all', async () => {
  const receiver = await startOtlpReceiver()
  const database = await temporaryDatabase()
  const startIn = (pod: string) =>
    startTestApp({
      environment: {
        ...stripe,
        DATABASE_URL: database,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_METRIC_EXPORT_INTERVAL: '50',
        OTEL_SERVICE_NAME: 'shop',
        OTEL_RESOURCE_ATTRIBUTES: `k8s.pod.name=${pod},instance=${pod},host.name=${pod},service.namespace=sales,deployment.environment.name=prod`,
      },
    })
  const leader = await startIn('pod-a')
  await pay(leader, 'pi_1')
  await until(() => expect(successes(receiver).at(-1)?.value).toBe(1))
  const heir = await startIn('pod-b')
  await leader.stop()
  await pay(heir, 'pi_2')
  await until(() => expect(successes(receiver).at(-1)?.value).toBe(2))
  await heir.stop()
  expect(resourcesOf(receiver.points.filter(isBusiness))).toEqual([
    {
      'service.name': 'shop',
      'service.namespace': 'sales',
      'deployment.environment.name': 'prod',
      'service.instance.id': expect.stringMatching(/^[0-9a-f]{8}-1$/),
    },
  ])
  for (const pod of ['pod-a', 'pod-b']) {
    const own = { 'k8s.pod.name': pod, 'service.version': expect.any(String) }
    const ofProcess = receiver.points.filter((point) => !isBusiness(point))
    expect(ofProcess.map(({ resource }) => resource)).toContainEqual(expect.objectContaining(own))
    expect(receiver.spans.map(({ resource }) => resource)).toContainEqual(
      expect.objectContaining(own),
    )
  }
})

test('a release changes nothing of the resource and the beginning of the business', async () => {
  const receiver = await startOtlpReceiver()
  const beganAt = Date.UTC(2026, 0, 1) + 123
  for (const serviceVersion of ['1.0.0', '2.0.0']) {
    const { business, service } = startTelemetry({
      serviceName: 'shop',
      serviceVersion,
      instanceId: serviceVersion,
      seriesId: undefined,
      resourceAttributes: { 'service.version': `${serviceVersion} by hand` },
      warn: () => undefined,
    })
    business.meter.createCounter('billing_payments_total').add(0, { status: 'success' })
    service.meter.createCounter('of_the_process_total').add(0)
    const push = startOtlpPush({
      target: otlpSettings(receiver.url).push,
      exposition: { expose: (collect) => collect('leader') },
      business: business.reader,
      service: service.reader,
      series: { instanceId: 'abcdef01-1', beganAt },
      onChange: () => undefined,
    })
    await push.stop(10_000)
  }
  const versions = resourcesOf(receiver.points.filter((point) => !isBusiness(point)))
  expect(versions.map((resource) => resource['service.version'])).toEqual([
    '1.0.0 by hand',
    '2.0.0 by hand',
  ])
  const business = receiver.points.filter(isBusiness)
  expect(resourcesOf(business)).toEqual([
    { 'service.name': 'shop', 'service.instance.id': 'abcdef01-1' },
  ])
  expect(new Set(business.map(({ startedAt }) => startedAt))).toEqual(new Set([beganAt]))
})
