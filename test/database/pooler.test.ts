import { expect, test } from 'vitest'
import { hasPooler, startPooler } from '../support/pooler.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { runToFailure } from '../support/run-service.ts'
import { startTestApp, webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

/** PgBouncer in transaction mode, which lets its user in without a password. */
async function startTransactionPooler(settings: readonly string[]) {
  const url = await startPooler(await temporaryDatabase(), {
    settings: ['auth_type = any', 'pool_mode = transaction', ...settings],
    users: '"postgres" ""\n',
    login: 'user=postgres',
  })
  url.username = 'postgres'
  return url
}

function environment(url: URL) {
  return {
    DATABASE_URL: url.href,
    ...webhooksOnly,
  }
}

test.skipIf(!hasPooler)(
  'everything works through a pooler in transaction mode that the URL declares',
  async () => {
    // Fewer connections to the server than the service opens.
    const url = await startTransactionPooler(['default_pool_size = 3'])
    const refused = await runToFailure(temporaryFolder(), environment(url))
    expect(refused.exitCode).toBe(1)
    expect(refused.errorText).toContain('add pooler=transaction to the query of DATABASE_URL')

    url.searchParams.set('pooler', 'transaction')
    const apps = await Promise.all(
      [1, 2].map(() => startTestApp({ environment: environment(url) })),
    )
    const payments = Array.from({ length: 40 }, (_, index) =>
      eventBody('payment_intent.succeeded', { object: { id: `pi_${index}` } }),
    )
    const answers = await Promise.all(
      payments.flatMap((body) => apps.map((app) => deliver(app.apiUrl, body))),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const pages = await Promise.all(apps.map((app) => app.counters()))
    expect(pages.map((page) => page.size).toSorted()).toEqual([0, 7])
    expect(Math.max(...pages.flatMap((page) => [...page.values()]))).toBe(40)
  },
)

test.skipIf(!hasPooler)(
  'a pooler that is not declared and keeps no prepared statements loses nothing and is named once in the log',
  async () => {
    const url = await startTransactionPooler([
      'default_pool_size = 2',
      'ignore_startup_parameters = statement_timeout, idle_in_transaction_session_timeout',
    ])
    const apps = await Promise.all(
      [1, 2].map(() => startTestApp({ environment: environment(url) })),
    )
    const warnings = () =>
      apps.map((app) => app.logLines.filter((line) => line.includes('no longer prepared')).length)
    // Which session the pooler gives to which transaction is its own choice.
    let round = 0
    while (round < 10 || (round < 100 && !warnings().includes(1))) {
      round += 1
      const payments = [1, 2, 3].map((index) =>
        eventBody('payment_intent.succeeded', { object: { id: `pi_${round}_${index}` } }),
      )
      const answers = await Promise.all(
        payments.flatMap((body) => apps.map((app) => deliver(app.apiUrl, body))),
      )
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    }
    const pages = await Promise.all(apps.map((app) => app.counters()))
    expect(Math.max(...pages.flatMap((page) => [...page.values()]))).toBe(3 * round)
    expect(warnings()).toSatisfy(
      (counts: number[]) => counts.every((count) => count <= 1) && counts.includes(1),
    )
  },
)
