import { expect, test } from 'vitest'
import { z } from 'zod'
import { type ApiDocument, type Operation, readApiDocument } from '../support/api-document.ts'
import { type AppWithStripe, startAppWithStripe } from '../support/start-test-app.ts'
import { deliver, eventBody, sign } from '../support/webhooks.ts'

const [operateKey, readKey] = ['operate-key-0123456789', 'read-key-0123456789abc']

interface Asked {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A service that asks each operation by its id and checks every answer against the document. */
async function openContract() {
  const app = await startAppWithStripe({
    environment: { API_KEYS: `shop:${operateKey},viewer:${readKey}:read` },
  })
  const document = readApiDocument(await (await app.call('GET', '/openapi.json')).json())
  const statuses = new Map<string, number[]>()
  const check = async (operation: Operation, answer: Response): Promise<Response> => {
    const { operationId } = operation
    const copy =
      answer.headers.get('content-type') === 'text/event-stream' ? answer : answer.clone()
    const problems = await document.problemsOf(operation, copy)
    expect([operationId, answer.status, problems]).toEqual([operationId, answer.status, []])
    statuses.set(operationId, [...(statuses.get(operationId) ?? []), answer.status])
    return answer
  }
  const ask = async (operationId: string, asked: Asked = {}): Promise<Response> => {
    const operation = find(document, operationId)
    const { body } = asked
    const answer = await fetch(`${app.apiUrl}${asked.path ?? operation.path}`, {
      method: operation.method,
      headers: {
        authorization: `Bearer ${operateKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...asked.headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    return check(operation, answer)
  }
  return { app, document, ask, check, statuses }
}

function find({ operations }: ApiDocument, operationId: string): Operation {
  const operation = operations.get(operationId)
  if (operation === undefined) throw new Error(`the document has no operation ${operationId}`)
  return operation
}

type Ask = Awaited<ReturnType<typeof openContract>>['ask']

async function idOf(answer: Response): Promise<string> {
  return z.object({ id: z.string() }).parse(await answer.json()).id
}

const campaign = {
  name: 'Launch',
  messages: ['Starter is out.'],
  cron: '0 9 * * 1-5',
  channel: 'console',
}

async function sell(ask: Ask): Promise<void> {
  const checkout = { body: '{"plan":"starter"}', headers: { 'idempotency-key': 'order-1' } }
  await ask('createCheckoutSession', checkout)
  await ask('createCheckoutSession', checkout)
  await ask('createCheckoutSession', { ...checkout, body: '{"plan":"professional"}' })
  await ask('createCheckoutSession', { body: '{"plan":"none"}' })
  await ask('listPlans')
}

async function post(ask: Ask): Promise<void> {
  const id = await idOf(await ask('createCampaign', { body: JSON.stringify(campaign) }))
  const path = `/v1/campaigns/${id}`
  await ask('createCampaign', { body: JSON.stringify({ ...campaign, cron: 'x' }) })
  await ask('listCampaigns', { path: '/v1/campaigns?limit=1' })
  await ask('retrieveCampaign', { path })
  await ask('updateCampaign', { path, body: '{"name":"Sale"}' })
  await ask('listNextRuns', { path: `${path}/next-runs` })
  await ask('previewCampaign', { body: JSON.stringify(campaign) })
  await ask('previewCampaign', { body: JSON.stringify({ ...campaign, cron: 'x' }) })
  const now = { path: `${path}/posts`, headers: { 'idempotency-key': 'post-1' } }
  const first = await ask('createPost', now)
  expect(first.headers.has('idempotent-replayed')).toBe(false)
  expect((await ask('createPost', now)).headers.get('idempotent-replayed')).toBe('true')
  const postId = await idOf(first)
  await ask('listCampaignPosts', { path: `${path}/posts` })
  await ask('retrievePost', { path: `/v1/posts/${postId}` })
  await ask('listPosts', { path: '/v1/posts?state=sent&state=unknown&channel=console' })
  await ask('resolvePost', { path: `${path}/posts/${postId}/resolve`, body: '{"as":"sent"}' })
  await ask('deleteCampaign', { path })
}

async function count(app: AppWithStripe, ask: Ask): Promise<void> {
  for (const operationId of ['listFacts', 'exportFacts', 'readTotals', 'readStats', 'streamFacts'])
    await ask(operationId)
  const unreadable = eventBody('payment_intent.succeeded', { id: 'evt_bad', object: { id: 5 } })
  expect((await deliver(app.apiUrl, unreadable)).status).toBe(200)
  await ask('listDeadLetters')
  const path = '/v1/dead-letters/evt_bad'
  await ask('retrieveDeadLetter', { path })
  await ask('replayDeadLetter', { path: `${path}/replay` })
  await ask('dismissDeadLetter', { path: `${path}/dismiss` })
}

/** What every operation answers that is asked wrongly. */
async function askWrongly(operation: Operation, ask: Ask): Promise<void> {
  const { operationId, method, path, requestBody, responses } = operation
  const isOpen = operation.security.length === 0
  const unknown = { path: path.replaceAll(/\{\w+\}/g, 'none') }
  const body = '{}'
  if (!isOpen) {
    const answer = await ask(operationId, { ...unknown, headers: { authorization: '' } })
    expect(answer.status).toBe(401)
  }
  if (!isOpen && method !== 'GET') {
    const headers = { authorization: `Bearer ${readKey}` }
    expect((await ask(operationId, { ...unknown, headers })).status).toBe(403)
  }
  if (requestBody !== undefined && !isOpen) {
    expect((await ask(operationId, { ...unknown, body: '{' })).status).toBe(400)
    const headers = { 'content-type': 'text/plain' }
    expect((await ask(operationId, { ...unknown, body, headers })).status).toBe(415)
    const large = { ...unknown, body: JSON.stringify('x'.repeat(70_000)) }
    expect((await ask(operationId, large)).status).toBe(413)
  }
  if (method === 'GET' && !isOpen && responses['400'] !== undefined)
    await ask(operationId, { path: `${unknown.path}?limit=0&count=0&recorded_after=x&interval=x` })
  if (path.includes('{') && requestBody === undefined)
    expect((await ask(operationId, unknown)).status).toBe(404)
}

test('every operation answers as the document says, rightly and wrongly asked', async () => {
  const { app, document, ask, check, statuses } = await openContract()
  await sell(ask)
  await post(ask)
  await count(app, ask)
  for (const { operationId, security } of document.operations.values())
    if (security.length === 0 && operationId !== 'receiveStripeEvent') await ask(operationId)
  const webhook = find(document, 'receiveStripeEvent')
  const event = eventBody('payment_intent.succeeded')
  await check(webhook, await deliver(app.apiUrl, event))
  await check(webhook, await deliver(app.apiUrl, event, sign(event, { secret: 'whsec_other' })))
  await check(webhook, await deliver(app.apiUrl, 'x'.repeat(1_100_000)))
  for (const operation of document.operations.values()) await askWrongly(operation, ask)
  const succeeded = [...statuses].filter(([, all]) => all.some((status) => status < 300))
  expect(succeeded.map(([operationId]) => operationId).toSorted()).toEqual(
    [...document.operations.keys()].toSorted(),
  )
})

test('the document has an example or a description for every operation and requires no field with a default', async () => {
  const app = await startAppWithStripe()
  const text = await (await app.call('GET', '/openapi.json')).text()
  const { operations } = readApiDocument(JSON.parse(text))
  for (const { operationId, summary, description, tags } of operations.values())
    expect([operationId, summary, description, tags]).toEqual([
      operationId,
      expect.any(String),
      expect.any(String),
      [expect.any(String)],
    ])
  const requests = z
    .object({ components: z.object({ schemas: z.record(z.string(), z.unknown()) }) })
    .parse(JSON.parse(text)).components.schemas
  for (const [name, schema] of Object.entries(requests))
    if (/Request$|Patch$/.test(name)) expect(JSON.stringify(schema)).not.toContain('"default"')
})
