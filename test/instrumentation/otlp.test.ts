import { describe, expect, test, vi } from 'vitest'
import { engines } from '../support/open-test-ledger.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { startTestApp, type TestApp, webhookSecret } from '../support/start-test-app.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

const stripe = {
  STRIPE_SECRET_KEY: 'sk_test_none',
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  STRIPE_API_BASE: 'http://127.0.0.1:9',
}

const successes = ({ points }: OtlpReceiver) =>
  points.filter(
    ({ name, attributes }) => name === 'billing_payments_total' && attributes.status === 'success',
  )

const pay = async (app: TestApp, id: string) => {
  const body = eventBody('payment_intent.succeeded', { object: { id } })
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
}

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000 })

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
    const business = receiver.points.filter(({ name }) => /^(billing|marketing)_/.test(name))
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

  test('a restart goes on with the same stream: the same beginning, never a smaller value', async () => {
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

  test('a receiver that is away costs nothing, is told once, and gets the truth when it is back', async () => {
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

test('of two replicas the voice alone pushes the business; each pushes its own metrics', async () => {
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
  const voice = apps[pages.findIndex(({ size }) => size > 0)]
  await voice?.stop()
  const heir = apps.find((app) => app !== voice)
  if (heir !== undefined) await pay(heir, 'pi_heir')
  await until(() => expect(successes(receiver).at(-1)?.value).toBe(3))
  expect(new Set(successes(receiver).map(({ startedAt }) => startedAt)).size).toBe(1)
})
