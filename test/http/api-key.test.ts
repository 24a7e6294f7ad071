import { expect, test } from 'vitest'
import { digestOf } from '../../src/config/api-keys.ts'
import { startAppWithStripe, startTestApp } from '../support/start-test-app.ts'

const operateKey = 'operate-key-0123456789'
const readKey = 'read-key-0123456789abc'
const API_KEYS = `shop:${operateKey},report:${readKey}:read`
const campaign = { name: 'n', messages: ['x'], cron: '0 0 1 1 *', channel: 'console' }

function bearer(key: string) {
  return { authorization: `Bearer ${key}` }
}

test('a key with the scope read may read and change nothing', async () => {
  const app = await startAppWithStripe({ environment: { API_KEYS } })
  expect((await app.call('GET', '/v1/totals', undefined, bearer(readKey))).status).toBe(200)
  const refused = await app.call('POST', '/v1/campaigns', campaign, bearer(readKey))
  expect(refused.status).toBe(403)
  expect(await refused.json()).toMatchObject({ type: 'urn:countinghouse:problem:forbidden' })
  const all = await app.call('GET', '/v1/campaigns', undefined, bearer(readKey))
  expect(await all.json()).toMatchObject({ data: [] })
})

test('a change is in the log with the name of its key and never the key', async () => {
  const app = await startAppWithStripe({ environment: { API_KEYS } })
  expect((await app.call('POST', '/v1/campaigns', campaign, bearer(operateKey))).status).toBe(201)
  await app.call('POST', '/v1/campaigns', {}, bearer(operateKey))
  await app.call('GET', '/v1/campaigns', undefined, bearer(operateKey))
  const audits = app.logLines.filter((line) => line.includes('"audit"'))
  expect(audits.map((line) => JSON.parse(line).audit)).toEqual([
    {
      key: 'shop',
      method: 'POST',
      path: '/v1/campaigns',
      status: 201,
      requestId: expect.any(String),
    },
  ])
  expect(app.logLines.join('')).not.toContain(operateKey)
})

test('a key whose digest begins like that of a right one does not open /v1', async () => {
  const app = await startAppWithStripe({ environment: { API_KEYS } })
  const [first] = digestOf(operateKey)
  let guess = 0
  while (digestOf(`guess-${guess}`)[0] !== first) guess += 1
  const answer = await app.call('GET', '/v1/totals', undefined, bearer(`guess-${guess}`))
  expect(answer.status).toBe(401)
})

test('a request without a key is refused, and spaces before a key do not matter', async () => {
  const app = await startAppWithStripe({ environment: { API_KEYS } })
  expect((await app.call('GET', '/v1/totals')).status).toBe(401)
  const spaced = { authorization: `bearer   ${readKey}` }
  expect((await app.call('GET', '/v1/totals', undefined, spaced)).status).toBe(200)
})

test('without API_KEYS every caller on this machine may read and change', async () => {
  const app = await startAppWithStripe()
  expect((await app.call('GET', '/v1/totals')).status).toBe(200)
  expect((await app.call('POST', '/v1/campaigns', campaign)).status).toBe(201)
})

test('both keys of a rotation work until one is removed', async () => {
  const during = { API_KEYS: `shop:${operateKey}-1,shop:${operateKey}-2` }
  const app = await startAppWithStripe({ environment: during })
  for (const key of [`${operateKey}-1`, `${operateKey}-2`])
    expect((await app.call('GET', '/v1/totals', undefined, bearer(key))).status).toBe(200)
})

test.each([
  ['an empty key', 'Bearer '],
  ['the beginning of a key', `Bearer ${operateKey.slice(0, -1)}`],
  ['a key with its name', `Bearer shop:${operateKey}`],
  ['a word before the scheme', `x Bearer ${operateKey}`],
  ['a word after the key', `Bearer ${operateKey} x`],
  ['two keys', `Bearer ${operateKey},${readKey}`],
  ['a key by another scheme', `Basic ${btoa(`${operateKey}:`)}`],
  ['15,000 letters', `Bearer ${'a'.repeat(15_000)}`],
])('%s does not open /v1, nor does a key elsewhere', async (_, authorization) => {
  const app = await startAppWithStripe({ environment: { API_KEYS } })
  const answer = await app.call('GET', `/v1/totals?api_key=${operateKey}`, undefined, {
    authorization,
    'x-api-key': operateKey,
  })
  expect(answer.status).toBe(401)
})

test("the emulator's shop calls the API with a key of its own", async () => {
  const app = await startTestApp({ environment: { API_KEYS } })
  const bought = await fetch(`${app.shopUrl}/shop/checkout`, {
    method: 'POST',
    body: new URLSearchParams({ plan: 'starter' }),
    redirect: 'manual',
  })
  expect(bought.status).toBe(303)
  const audits = app.logLines.filter((line) => line.includes('"audit"'))
  expect(audits.map((line) => JSON.parse(line).audit.key)).toEqual(['emulator'])
})
