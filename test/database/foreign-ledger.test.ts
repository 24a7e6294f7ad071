import { expect, inject, test, vi } from 'vitest'
import {
  createDatabase,
  dropDatabase,
  replaceDatabase,
  temporaryDatabase,
  withClient,
} from '../support/postgres.ts'
import { startTestApp, type TestApp, webhooksOnly } from '../support/start-test-app.ts'
import { testStack } from '../support/test-stack.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

let count = 0

async function pay(app: TestApp): Promise<number> {
  count += 1
  const body = eventBody('payment_intent.succeeded', { object: { id: `pi_foreign_${count}` } })
  return (await deliver(app.apiUrl, body)).status
}

async function startPaid(url: string, payments: number): Promise<TestApp> {
  const app = await startTestApp({ environment: { ...webhooksOnly, DATABASE_URL: url } })
  for (let paid = 0; paid < payments; paid += 1) expect(await pay(app)).toBe(200)
  return app
}

function contentOf(url: string): Promise<readonly unknown[]> {
  return withClient(url, (query) =>
    query(
      `select ledger_id, ended_generation, lease_token, (select count(*) from facts) as facts,
         (select count(*) from dead_letters) as dead from ledger`,
    ),
  )
}

test.each([
  ['more', 6],
  ['fewer', 1],
])(
  'an address that leads to another ledger with %s facts exposes and records nothing, and leaves it as it was',
  async (_, payments) => {
    const stack = testStack()
    const serverUrl = inject('postgresUrl')
    const strangerUrl = await temporaryDatabase()
    await (await startPaid(strangerUrl, payments)).stop()
    const url = await createDatabase(serverUrl)
    stack.defer(() => dropDatabase(serverUrl, url))
    const app = await startPaid(url, 3)
    await replaceDatabase(serverUrl, url, strangerUrl)
    const before = await contentOf(url)
    for (let late = 0; late < 3; late += 1) expect(await pay(app)).toBe(503)
    expect((await deliver(app.apiUrl, '{"hello":1}')).status).toBe(503)
    await vi.waitFor(() => expect(app.logLines.join('')).toContain('leads to another ledger'), {
      timeout: 10_000,
    })
    expect((await fetch(app.metricsUrl)).status).toBe(503)
    expect((await app.call('GET', '/readyz')).status).toBe(503)
    await app.stop()
    expect(await contentOf(url)).toEqual(before)
  },
)

test('two ledgers live in two schemas of one database', async () => {
  const url = await temporaryDatabase()
  await withClient(url, (query) => query('create schema one; create schema two'))
  const [one, two] = ['one', 'two'].map((schema) => {
    const named = new URL(url)
    named.searchParams.set('options', `-c search_path=${schema}`)
    return named.href
  })
  const first = await startPaid(one ?? '', 2)
  const second = await startPaid(two ?? '', 1)
  const success = async (app: TestApp) =>
    [...(await app.counters())]
      .filter(([name]) => name.includes('success'))
      .map(([, value]) => value)
  expect(await success(first)).toEqual([2])
  expect(await success(second)).toEqual([1])
})

test('a search_path without a schema is refused with the reason', async () => {
  const url = new URL(await temporaryDatabase())
  url.searchParams.set('options', '-c search_path=nowhere')
  await expect(startPaid(url.href, 0)).rejects.toMatchObject({
    message: expect.stringMatching(/search_path.*names no schema/),
  })
})
