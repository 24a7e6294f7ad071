import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { engines } from '../support/open-test-ledger.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { startAppWithStripe, startTestApp, type TestApp } from '../support/start-test-app.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

/** The service's own gauges on a page, by name. */
async function gaugesOf(metricsUrl: string): Promise<Record<string, number>> {
  const page = await (await fetch(metricsUrl)).text()
  const lines = page.split('\n').filter((line) => line.startsWith('countinghouse_'))
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', value] = line.split(' ')
      return [name, Number(value)]
    }),
  )
}

const swept = ['countinghouse_sweep_last_success_timestamp_seconds', expect.any(Number)] as const

const daysToCome = 99_999_999_999_999

/** Writes into the ledger that every round succeeded in days to come. */
async function putOff({ folder, environment }: TestApp): Promise<void> {
  const statement = `update sync_state set succeeded_at = ${daysToCome}`
  if (environment.DATABASE_URL === undefined) {
    using file = new DatabaseSync(join(folder, 'ledger.db'))
    file.exec(statement)
    return
  }
  const client = new Client({ connectionString: environment.DATABASE_URL })
  await client.connect()
  await client.query(statement)
  await client.end()
}

describe.each(engines)('the gauges of a service on %s', (engine) => {
  const start = async () =>
    startAppWithStripe({
      environment: engine === 'sqlite' ? {} : { DATABASE_URL: await temporaryDatabase() },
    })

  test('say what is behind and why', async () => {
    const app = await start()
    await vi.waitFor(
      async () =>
        expect(await gaugesOf(app.metricsUrl)).toMatchObject({
          countinghouse_drift_facts: 0,
          countinghouse_unknown_posts: 0,
          countinghouse_dead_letters: 0,
          countinghouse_is_leader: 1,
          countinghouse_sweep_last_success_timestamp_seconds: expect.any(Number),
          countinghouse_reconcile_last_success_timestamp_seconds: expect.any(Number),
        }),
      { timeout: 10_000 },
    )
    expect(await gaugesOf(app.metricsUrl)).not.toHaveProperty(
      'countinghouse_last_webhook_timestamp_seconds',
    )
    await deliver(app.apiUrl, '{"hello":1}')
    expect(await gaugesOf(app.metricsUrl)).toMatchObject({ countinghouse_dead_letters: 1 })
  })

  test('never lie in the future, where they would keep the alerts for "late" quiet', async () => {
    const app = await start()
    await vi.waitFor(async () => expect(await gaugesOf(app.metricsUrl)).toHaveProperty(...swept), {
      timeout: 10_000,
    })
    await putOff(app)
    const gauges = await gaugesOf(app.metricsUrl)
    expect(gauges[swept[0]] ?? 0).toBeLessThan(daysToCome / 1000)
  })

  test('remember the last accepted webhook over a restart', async () => {
    const app = await start()
    const before = Date.now() / 1000
    await deliver(app.apiUrl, eventBody('payment_intent.succeeded'))
    await app.stop()
    const again = await startTestApp({ folder: app.folder, environment: app.environment })
    const gauges = await gaugesOf(again.metricsUrl)
    expect(gauges.countinghouse_last_webhook_timestamp_seconds).toBeGreaterThanOrEqual(before)
  })
})
