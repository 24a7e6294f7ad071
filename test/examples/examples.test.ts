import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { startTestApp, type TestApp } from '../support/start-test-app.ts'
import { fillIn, type HttpExample, parseHttpFile } from './http-file.ts'

const root = new URL('../..', import.meta.url)
const files = globSync('examples/*.http', { cwd: root.pathname }).toSorted()
const examples = new Map(
  files.map((file) => [basename(file), parseHttpFile(readFileSync(new URL(file, root), 'utf8'))]),
)

const apiKey = 'a-key-for-the-examples'

function startService(): Promise<TestApp> {
  return startTestApp({ environment: { API_KEYS: apiKey } })
}

/** Where the service of a test is, instead of where the files say that yours is. */
function addressesOf(app: TestApp): Readonly<Record<string, string>> {
  const emulator = new URL(app.shopUrl ?? '').origin
  return { api: app.apiUrl, metrics: app.metricsUrl, emulator, stripe: emulator, apiKey }
}

/** Sends every request of a file in order, as a person would; answers each title with its status. */
async function sendAll(
  file: string,
  app: TestApp,
): Promise<readonly (readonly [string, number])[]> {
  const { variables = {}, requests = [] } = examples.get(file) ?? {}
  const known = new Map(Object.entries({ ...variables, ...addressesOf(app) }))
  const statuses: (readonly [string, number])[] = []
  for (const request of requests) {
    const fill = (text: string) => fillIn(text, (name) => known.get(name))
    const answer = await fetch(fill(request.url), {
      method: request.method,
      headers: Object.entries(request.headers).map(([name, value]) => [name, fill(value)]),
      ...(request.body === undefined ? {} : { body: fill(request.body) }),
    })
    const text = await textOf(answer)
    statuses.push([request.title, answer.status])
    if (request.name !== undefined)
      known.set(
        `${request.name}.response.body.$.id`,
        z.object({ id: z.string() }).parse(JSON.parse(text)).id,
      )
  }
  return statuses
}

/** The body; nothing of a stream, which does not end. */
async function textOf(answer: Response): Promise<string> {
  if (answer.headers.get('content-type') !== 'text/event-stream') return answer.text()
  await answer.body?.cancel()
  return ''
}

test.each(files.map((file) => basename(file)))(
  'every request in examples/%s is answered as its title says',
  async (file) => {
    const app = await startService()
    const promised = examples.get(file)?.requests.map(({ title, status }) => [title, status])
    expect(await sendAll(file, app)).toEqual(promised)
  },
)

test('the payments of the examples are counted by the webhooks that the emulator sends', async () => {
  const app = await startService()
  await sendAll('webhooks.http', app)
  await vi.waitFor(async () =>
    expect(Object.fromEntries(await app.counters())).toMatchObject({
      'billing_payments_total{status="success"}': 1,
      'billing_payments_total{status="failed"}': 1,
      'billing_payments_total{status="refunded"}': 1,
    }),
  )
})

test('the event of the examples that cannot be read becomes a dead letter', async () => {
  const app = await startService()
  await sendAll('emulator.http', app)
  await vi.waitFor(async () =>
    expect(await (await fetch(app.metricsUrl)).text()).toContain(
      '\ncountinghouse_dead_letters 1\n',
    ),
  )
})

const described = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })

/** A request's route as the OpenAPI document names it, whatever the ids are. */
function routeOf({ method, url }: HttpExample): string {
  const path = url.replace('{{api}}', '').replace(/\?.*/, '')
  return `${method} ${path.replaceAll(/\{\{[^}]*\}\}/g, '{}')}`
}

test('there is an example for every route of the API', async () => {
  const app = await startService()
  const { paths } = described.parse(await (await app.call('GET', '/openapi.json')).json())
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(
      (method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
    ),
  )
  const shown = new Set([...examples.values()].flatMap(({ requests }) => requests.map(routeOf)))
  expect(routes.length).toBeGreaterThan(10)
  expect(routes.filter((route) => !shown.has(route))).toEqual([])
})

test('an example that promises no status, or names no known variable, is an error', () => {
  expect(() => parseHttpFile('### A request.\nGET {{api}}/v1/plans\n')).toThrow(
    'promises no status',
  )
  expect(() => fillIn('{{nothing}}', () => undefined)).toThrow('there is no variable nothing')
})
