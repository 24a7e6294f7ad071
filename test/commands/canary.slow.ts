import { randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { commands } from '../../src/commands/registry.ts'
import { type FakeStripeApi, startFakeStripeApi } from '../support/fake-stripe-api.ts'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import { temporaryDatabase, withClient } from '../support/postgres.ts'
import { runStartWith } from '../support/run-command-on.ts'
import { runService } from '../support/run-service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import { deliver, eventBody, sign } from '../support/webhooks.ts'

const apiKey = 'CANARYkey0123456789'
const hookSecret = 'whsec_CANARYhook'
const genericSecret = Buffer.from('CANARYgeneric-secret-32-bytes-xx').toString('base64')
const telegramToken = '110201543:CANARYtelegram-wGWJxfSeofSAs0K5PALDs'

/** Every setting that holds a secret. The hosts of the channels cannot be reached. */
const secrets = {
  API_KEYS: `${apiKey},reader:CANARYread0123456789:read`,
  STRIPE_SECRET_KEY: 'sk_test_CANARYstripe',
  STRIPE_WEBHOOK_SECRET: `${hookSecret},whsec_CANARYsecond`,
  CHANNEL_TELEGRAM: `telegram://${telegramToken}@-1001`,
  CHANNEL_SLACK: 'https://hooks.slack.com/services/T0/B0/CANARYslack000000000',
  CHANNEL_DISCORD: 'https://discord.com/api/webhooks/1/CANARYdiscord-aaaaaaaaaaaaaaaa',
  CHANNEL_COMPATIBLE: 'slack+https://nowhere.invalid/hooks/CANARYcompatible',
  CHANNEL_GENERIC: `https://nowhere.invalid/CANARYpath?key=CANARYquery#whsec_${genericSecret}`,
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20CANARYotlp',
}

/** Every field of Stripe's objects in which there may be a person. */
const address = {
  line1: 'CANARYline1',
  city: 'CANARYcity',
  postal_code: 'CANARYpostal',
  country: 'DE',
}
const contact = {
  name: 'CANARYname',
  email: 'canary.person@example.com',
  phone: 'CANARYphone',
  address,
}
const personal = {
  receipt_email: contact.email,
  customer_email: contact.email,
  customer_details: contact,
  billing_details: contact,
  shipping: contact,
  client_reference_id: 'CANARYreference',
  description: 'CANARYdescription',
  statement_descriptor: 'CANARYdescriptor',
  metadata: { note: 'CANARYmetadata' },
}
const message = 'CANARYmessage of a post'
/** What Stripe is sent, and may repeat. */
const sent = `${secrets.STRIPE_SECRET_KEY} ${contact.email}`

function isFound(text: string): readonly string[] {
  const base64 = genericSecret.slice(0, 24)
  return text
    .split('\n')
    .filter((line) => /CANARY|canary\.person/.test(line) || line.includes(base64))
    .map((line) => line.slice(0, 400))
}

/** Stripe's refusals one after the other, each with the key and a person in its message. */
function refuseInTurn(stripe: FakeStripeApi, isCheckout: boolean): void {
  const refusals = [
    [401, { type: 'invalid_request_error', message: `Invalid API Key provided: ${sent}` }],
    [
      403,
      {
        type: 'invalid_request_error',
        message: `The provided key '${sent}' lacks rak_charge_read`,
      },
    ],
    [400, { type: 'invalid_request_error', param: 'limit', message: `Invalid: ${contact.email}` }],
    [
      404,
      {
        type: 'invalid_request_error',
        code: 'resource_missing',
        message: `No such customer: '${contact.email}'`,
      },
    ],
    [429, { type: 'rate_limit_error', message: `Too many: ${contact.email}` }],
    [500, { type: 'api_error', message: contact.email }],
  ] as const
  let turn = 0
  let isMetadataRefused = false
  stripe.answer = (call) => {
    // Stripe repeats a value of the metadata, which only this call has.
    if (call === 'POST /v1/checkout/sessions' && isCheckout && !isMetadataRefused) {
      isMetadataRefused = true
      const message = `Invalid value: ${personal.metadata.note}`
      const type = 'invalid_request_error'
      return { status: 400, body: { error: { type, param: 'metadata[note]', message } } }
    }
    const [status, error] = refusals[turn++ % refusals.length] ?? refusals[0]
    return { status, body: { error }, headers: { 'x-echo': 'CANARYheader' } }
  }
}

/** Options with which a command does more than explain itself; a new command runs without any. */
const optionsOf: Readonly<Record<string, readonly string[]>> = {
  backfill: ['--since', '2026-01-01'],
  backup: ['--to', './copy.db'],
}

/** Runs every command that there is, as text and as JSON; returns all that they wrote. */
async function runAllCommands(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const written: string[] = []
  const runOne = async (args: readonly string[]): Promise<void> => {
    const { text, errorText } = await runStartWith(folder, environment, ...args)
    expect([args, (text + errorText).length > 0]).toEqual([args, true])
    written.push(text, errorText)
  }
  for (const name of Object.keys(commands)) {
    const args = [name, ...(optionsOf[name] ?? [])]
    await Promise.all([runOne(args), runOne([...args, '--json'])])
  }
  return written.join('\n')
}

/** Sells, is paid, fails, posts and is refused: everything in which a secret or a person is handled. */
async function useService(apiUrl: string, stripe: FakeStripeApi): Promise<string> {
  const answers: string[] = []
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        'idempotency-key': `CANARYidempotency${answers.length}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    answers.push(text)
    return JSON.parse(text)
  }
  const checkout = {
    plan: 'starter',
    customer_email: contact.email,
    client_reference_id: personal.client_reference_id,
    metadata: personal.metadata,
  }
  for (let turn = 0; turn < 8; turn += 1) await call('POST', '/v1/checkout-sessions', checkout)
  stripe.answer = () => undefined
  for (const type of [
    'payment_intent.succeeded',
    'payment_intent.payment_failed',
    'charge.refunded',
  ]) {
    for (const broken of [
      {},
      { amount: contact.email, status: contact.name, created: 'CANARYcreated' },
    ]) {
      const object = {
        ...personal,
        ...broken,
        last_payment_error: {
          message: 'CANARYerror',
          payment_method: { billing_details: contact },
        },
      }
      const id = `evt_${type.replaceAll('.', '')}${Object.keys(broken).length}`
      const body = eventBody(type, { id, object, event: { livemode: false } })
      await deliver(apiUrl, body, sign(body, { secret: hookSecret }))
      await deliver(apiUrl, body, `t=1,v1=CANARYsignature`)
    }
  }
  for (const channel of ['telegram', 'slack', 'discord', 'compatible', 'generic']) {
    const campaign = { name: channel, messages: [message], cron: '0 0 1 1 *', channel }
    const { id } = await call('POST', '/v1/campaigns', campaign)
    await call('POST', `/v1/campaigns/${id}/posts`)
  }
  for (const path of ['facts', 'totals', 'dead-letters', 'posts', 'plans'])
    await call('GET', `/v1/${path}`)
  await fetch(`${apiUrl}/v1/totals?key=CANARYquery`, {
    headers: { authorization: 'Bearer CANARYwrong' },
  })
  // What a caller wrote is shown to callers.
  return answers.join('\n').replaceAll(message, '').replaceAll(personal.metadata.note, '')
}

async function openPlace(engine: string) {
  const folder = temporaryFolder(testStack())
  if (engine === 'sqlite')
    return { folder, url: `sqlite:${join(folder, 'ledger.db')}`, admin: undefined }
  const role = `canary_${randomBytes(6).toString('hex')}`
  const server = inject('postgresUrl')
  const ask = (statement: string) =>
    withClient(server, async (query) => void (await query(statement)))
  await ask(`create role ${role} login superuser password 'CANARYdatabase'`)
  testStack().defer(() => ask(`drop role ${role}`))
  const admin = await temporaryDatabase()
  const url = new URL(admin)
  url.username = role
  url.password = 'CANARYdatabase'
  return { folder, url: url.href, admin }
}

/** Everything in the ledger but the texts of campaigns and posts, which are what it is for. */
async function readLedger(folder: string, admin: string | undefined): Promise<string> {
  if (admin === undefined)
    return globSync(join(folder, '*'))
      .filter((path) => !path.endsWith('.lock'))
      .map((path) => readFileSync(path, 'latin1'))
      .join('\n')
      .replaceAll(message, '')
  return withClient(admin, async (query) => {
    const tables = await query(`select tablename from pg_tables where schemaname = 'public'`)
    const rows: string[] = []
    for (const { tablename } of tables)
      rows.push(...(await query(`select * from "${tablename}"`)).map((row) => JSON.stringify(row)))
    expect(rows.length).toBeGreaterThan(5)
    return rows.join('\n').replaceAll(message, '')
  })
}

/** PostgreSQL then names the values of the rows that it refuses. */
async function refuseRows(admin: string): Promise<void> {
  await withClient(admin, async (query) => {
    for (const table of ['facts', 'posts', 'dead_letters'])
      await query(`alter table ${table} add constraint refused_${table} check (false) not valid`)
  })
}

describe.each(['sqlite', 'postgres'])('on %s, secrets and persons', (engine) => {
  it('are in nothing that the service and its commands write, store, expose or push', async () => {
    const { folder, url, admin } = await openPlace(engine)
    const receiver = await startOtlpReceiver()
    const stripe = await startFakeStripeApi()
    const environment = {
      ...secrets,
      DATABASE_URL: url,
      STRIPE_API_BASE: stripe.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      LOG_LEVEL: 'trace',
      PLANS: 'starter=price_1',
    }
    refuseInTurn(stripe, true)
    const service = await runService(folder, environment)
    const answers = await useService(service.apiUrl, stripe)
    if (admin !== undefined) {
      await refuseRows(admin)
      await useService(service.apiUrl, stripe)
    }
    refuseInTurn(stripe, false)
    const beside = await runAllCommands(folder, environment)
    const page = await (await fetch(service.metricsUrl)).text()
    await service.end('SIGTERM')
    const alone = await runAllCommands(folder, environment)
    const away = 'postgres://someone:CANARYaway@127.0.0.1:1/none'
    const unreachable = await runAllCommands(folder, { ...environment, DATABASE_URL: away })
    const ledger = await readLedger(folder, admin)
    const pushed = receiver.bodies.map(({ body }) => body.toString('latin1')).join('\n')

    expect(service.written()).toContain('"level":"warn"')
    expect(pushed.length).toBeGreaterThan(1_000)
    const everything = { answers, beside, alone, unreachable, ledger, pushed, page }
    const found = Object.entries({ ...everything, log: service.written() }).map(
      ([where, text]) => [where, isFound(text)] as const,
    )
    expect(found.filter(([, lines]) => lines.length > 0)).toEqual([])
  })
})
