import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { inlineStyleHashes } from '../support/inline-styles.ts'
import { startTestApp } from '../support/start-test-app.ts'

const tight = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
}

function policyOf(answer: Response): string {
  return answer.headers.get('content-security-policy') ?? ''
}

test('every response but the webhook’s forbids sniffing and framing', async () => {
  const app = await startTestApp()
  const urls = ['/v1/totals', '/v1/none', '/healthz', '/checkout/success', '/openapi.json', '/none']
  for (const url of [...urls.map((path) => `${app.apiUrl}${path}`), app.metricsUrl]) {
    const answer = await fetch(url)
    expect(Object.fromEntries(answer.headers)).toMatchObject(tight)
    expect(policyOf(answer)).toContain("default-src 'none'")
    expect(policyOf(answer)).toContain("frame-ancestors 'none'")
  }
  const webhook = await fetch(`${app.apiUrl}/webhooks/stripe`, { method: 'POST', body: '{}' })
  expect(webhook.headers.has('content-security-policy')).toBe(false)
})

test('responses of /v1 are not cached', async () => {
  const app = await startTestApp()
  for (const path of ['/v1/totals', '/v1/none'])
    expect((await app.call('GET', path)).headers.get('cache-control')).toBe('no-store')
})

test('the inline style of each page is allowed by its hash, and no other', async () => {
  const app = await startTestApp()
  const pages = [`${app.apiUrl}/checkout/success`, `${app.shopUrl}/`, `${app.shopUrl}/pay/cs_none`]
  for (const url of pages) {
    const answer = await fetch(url)
    const hashes = inlineStyleHashes(await answer.text())
    expect(hashes).toHaveLength(1)
    for (const hash of hashes) expect(policyOf(answer)).toContain(hash)
    expect(policyOf(answer)).not.toContain('unsafe-inline')
    expect(policyOf(answer)).toContain("frame-ancestors 'none'")
  }
})

test.each([
  'https://shop.example@evil.example/',
  'https://user:password@shop.example/',
  'https://shop.example\\@evil.example/',
  'https://shop.example/\ta',
  'https://shop.example/\u0000',
  'https://shop.example.evil.example/',
  'http://shop.example/',
  'https://shop.example:444/',
])('the return URL %j is refused', async (url) => {
  const app = await startTestApp({
    environment: { CHECKOUT_RETURN_ORIGINS: 'https://shop.example' },
  })
  const answer = await app.call('POST', '/v1/checkout-sessions', {
    plan: 'starter',
    success_url: url,
  })
  expect(answer.status).toBe(400)
})

test('a return URL is compared and passed on as a browser reads it', async () => {
  const app = await startTestApp({
    environment: { CHECKOUT_RETURN_ORIGINS: 'https://shop.example' },
  })
  const success = 'https://SHOP.example:443/a/../thanks?s={CHECKOUT_SESSION_ID}'
  const body = { plan: 'starter', success_url: success }
  expect((await app.call('POST', '/v1/checkout-sessions', body)).status).toBe(201)
  const sessions = await fetch(`${app.shopUrl}/v1/checkout/sessions`, {
    headers: { authorization: 'Bearer sk_test_x' },
  })
  expect(await sessions.json()).toMatchObject({
    data: [{ success_url: 'https://shop.example/thanks?s={CHECKOUT_SESSION_ID}' }],
  })
})

test('two keys with the same Idempotency-Key post twice, one key once', async () => {
  const keys = ['a-key-0123456789', 'b-key-0123456789']
  const app = await startTestApp({ environment: { API_KEYS: keys.join(',') } })
  const path = '/v1/campaigns/campaign_demo/posts'
  const post = async (key = '') => {
    const headers = { authorization: `Bearer ${key}`, 'idempotency-key': 'same' }
    return (await app.call('POST', path, undefined, headers)).status
  }
  expect([await post(keys[0]), await post(keys[1]), await post(keys[0])]).toEqual([201, 201, 200])
})

test('the ledger and the store of the emulator are for this user alone, in a folder that is', async () => {
  const before = process.umask(0o022)
  onTestFinished(() => void process.umask(before))
  const app = await startTestApp()
  const folder = join(app.folder, 'data')
  const own = await startTestApp({
    environment: { DATABASE_URL: `sqlite:${join(folder, 'ledger.db')}` },
    folder: app.folder,
  })
  expect(own.folder).toBe(app.folder)
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
  expect(modeOf(folder)).toBe('700')
  for (const name of ['ledger.db', 'ledger.db-wal', 'ledger.db.stripe', 'ledger.db.stripe-wal'])
    expect([name, modeOf(join(folder, name))]).toEqual([name, '600'])
})
