import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts'
import { type AppWithStripe, startAppWithStripe } from '../support/start-test-app.ts'
import { deliver, eventBody } from '../support/webhooks.ts'
import { readTable } from './document.ts'

const apiKey = 'shop-key-0123456789abcdef'
const withKey = { authorization: `Bearer ${apiKey}` }
const created = z.object({ id: z.string() })

/** A text in every place where a caller, an operator, Stripe or a channel can put one, by the document's words. */
const planted = {
  '`customer_email`': 'zz01@person.example',
  '`client_reference_id`': 'zz02-person',
  'a value of `metadata`': 'zz03 person',
  'the query of `success_url`': 'zz04-person',
  'the `Idempotency-Key` of a checkout': 'zz05-person',
  'an invalid value of a request': 'zz06 person',
  'an unknown field of a request': 'zz07person',
  'a path': 'zz08-person',
  'a query': 'zz09-person',
  'an unknown API key': 'zz10-person-0123456789',
  '`User-Agent` and other headers': 'zz11 person',
  '`x-request-id`': 'zz12-person',
  "a campaign's name": 'zz13 person',
  "a campaign's message": 'zz14 person',
  'the `Idempotency-Key` of a post': 'zz15-person',
  "a channel's answer": 'zz16-person',
  'names, addresses and cards in a webhook': 'zz17@person.example',
  'the same in a webhook that cannot be read': 'zz18@person.example',
  'the same in a webhook with a wrong signature': 'zz19@person.example',
  'the name of an API key': 'zz20person',
} as const
type Input = keyof typeof planted

test('what is planted in every input ends where docs/privacy.md says, and nowhere else', async () => {
  const receiver = await startOtlpReceiver()
  const channelAnswers = vi.fn<typeof fetch>((input, init) =>
    String(input).startsWith('https://hooks.slack.com')
      ? Promise.resolve(new Response(planted["a channel's answer"], { status: 400 }))
      : fetch(input, init),
  )
  const app = await startAppWithStripe({
    environment: {
      API_KEYS: `${planted['the name of an API key']}:${apiKey}`,
      CHANNEL_NEWS: 'https://hooks.slack.com/services/T00/B00/secret',
      CHANNEL_SHOWN: 'console:',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    },
    dependencies: { fetch: channelAnswers },
  })
  const answers: string[] = []
  const keep = async (answer: Response): Promise<string> => {
    const text = await answer.text()
    answers.push(`${JSON.stringify([...answer.headers])} ${text}`)
    return text
  }
  await sell(app, keep)
  await mistake(app, keep)
  await post(app, keep)
  await receive(app, keep)
  const page = await (await fetch(app.metricsUrl)).text()
  await app.stop()

  const places = {
    ledger: readLedger(join(app.folder, 'ledger.db')),
    log: app.logLines.join('\n'),
    metrics: page,
    spans: spansOf(receiver),
    answers: answers.join('\n'),
  }
  const found = Object.keys(planted).map((input) => [input, ...placesOf(input as Input, places)])
  expect(found).toEqual(readTable('Where input ends'))
  for (const [name, text] of Object.entries(places)) expect(text.length, name).toBeGreaterThan(500)
})

type Keep = (answer: Response) => Promise<string>

async function sell(app: AppWithStripe, keep: Keep): Promise<void> {
  const order = {
    plan: 'starter',
    customer_email: planted['`customer_email`'],
    client_reference_id: planted['`client_reference_id`'],
    metadata: { name: planted['a value of `metadata`'] },
    success_url: `${app.apiUrl}/checkout/success?for=${planted['the query of `success_url`']}`,
  }
  const headers = {
    ...withKey,
    'idempotency-key': planted['the `Idempotency-Key` of a checkout'],
    'user-agent': planted['`User-Agent` and other headers'],
    'x-forwarded-for': planted['`User-Agent` and other headers'],
    'x-request-id': planted['`x-request-id`'],
  }
  const answer = await app.call('POST', '/v1/checkout-sessions', order, headers)
  expect(answer.status).toBe(201)
  await keep(answer)
}

async function mistake(app: AppWithStripe, keep: Keep): Promise<void> {
  const wrong = {
    plan: 'starter',
    quantity: planted['an invalid value of a request'],
    [planted['an unknown field of a request']]: 1,
  }
  const refused = await app.call('POST', '/v1/checkout-sessions', wrong, withKey)
  expect(refused.status).toBe(400)
  await keep(refused)
  await keep(await app.call('GET', `/v1/campaigns/${planted['a path']}`, undefined, withKey))
  const stats = `/v1/stats?label=${planted['a query']}`
  await keep(await app.call('GET', stats, undefined, withKey))
  const authorization = `Bearer ${planted['an unknown API key']}`
  const unknown = await app.call('GET', '/v1/totals', undefined, { authorization })
  expect(unknown.status).toBe(401)
  await keep(unknown)
}

async function post(app: AppWithStripe, keep: Keep): Promise<void> {
  for (const channel of ['news', 'shown']) {
    const campaign = {
      name: planted["a campaign's name"],
      messages: [planted["a campaign's message"]],
      cron: '0 0 1 1 *',
      channel,
    }
    const text = await keep(await app.call('POST', '/v1/campaigns', campaign, withKey))
    const { id } = created.parse(JSON.parse(text))
    const headers = { ...withKey, 'idempotency-key': planted['the `Idempotency-Key` of a post'] }
    await keep(await app.call('POST', `/v1/campaigns/${id}/posts`, undefined, headers))
  }
}

async function receive(app: AppWithStripe, keep: Keep): Promise<void> {
  const person = (email: string) => ({
    receipt_email: email,
    description: email,
    metadata: { email },
    shipping: { name: email, address: { line1: email } },
  })
  const paid = person(planted['names, addresses and cards in a webhook'])
  await keep(await deliver(app.apiUrl, eventBody('payment_intent.succeeded', { object: paid })))
  const email = planted['the same in a webhook that cannot be read']
  const unreadable = { ...person(email), amount: email, amount_received: email, currency: email }
  const body = eventBody('payment_intent.succeeded', { id: 'evt_unreadable', object: unreadable })
  await keep(await deliver(app.apiUrl, body))
  const forged = person(planted['the same in a webhook with a wrong signature'])
  const forgedBody = eventBody('payment_intent.succeeded', { object: forged })
  const refused = await deliver(app.apiUrl, forgedBody, 't=1,v1=00')
  expect(refused.status).toBe(400)
  await keep(refused)
  await keep(await app.call('GET', '/v1/dead-letters', undefined, withKey))
}

/** Every row of every table, with the names of table and column before each value. */
function readLedger(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true })
  const names = z.array(z.object({ name: z.string() }))
  const tables = names.parse(
    database.prepare("select name from sqlite_schema where type = 'table'").all(),
  )
  const lines = tables.flatMap(({ name }) =>
    database
      .prepare(`select * from "${name}"`)
      .all()
      .flatMap((row) =>
        Object.entries(row).map(([column, value]) => `${name}.${column}=${String(value)}`),
      ),
  )
  database.close()
  return lines.join('\n')
}

/** The bodies as they arrived: the reader of spans looks at fewer fields. */
function spansOf({ bodies }: OtlpReceiver): string {
  return bodies.map(({ body }) => body.toString('latin1')).join('\n')
}

/** In which columns of the ledger, and whether in the others, a planted text is found. */
function placesOf(input: Input, places: Readonly<Record<string, string>>): readonly string[] {
  const needle = planted[input].slice(0, 4)
  const { ledger = '', ...others } = places
  const columns = ledger
    .split('\n')
    .filter((line) => line.includes(needle))
    .map((line) => `\`${line.slice(0, line.indexOf('='))}\``)
  return [
    [...new Set(columns)].join(', '),
    ...Object.values(others).map((text) => (text.includes(needle) ? 'yes' : '')),
  ]
}
