import { expect, test } from 'vitest'
import { hasPooler, startPooler } from '../support/pooler.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { runToFailure } from '../support/run-service.ts'
import { startTestApp, webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

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
    const url = await startPooler(await temporaryDatabase(), {
      settings: ['auth_type = any', 'pool_mode = transaction', 'default_pool_size = 3'],
      users: '"postgres" ""\n',
      login: 'user=postgres',
    })
    url.username = 'postgres'
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
