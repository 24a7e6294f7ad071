import { expect, test } from 'vitest'
import {
  consoleKeys,
  cookieOf,
  operateKey,
  ownForm,
  readKey,
  signIn,
} from '../support/open-page.ts'
import { rawRequest } from '../support/raw-request.ts'
import { startAppWithStripe, startTestApp } from '../support/start-test-app.ts'

const withKeys = { environment: { API_KEYS: consoleKeys } }

test('without keys the pages are open on this machine, without signing in', async () => {
  const app = await startTestApp()
  const page = await rawRequest(`${app.apiUrl}/`, 'GET')
  expect(page.status).toBe(200)
  expect(page.text).toContain('<h1>Overview</h1>')
  expect(page.text).not.toContain('Sign out')
  expect((await rawRequest(`${app.apiUrl}/sign-in`, 'GET')).status).toBe(404)
})

test('a page asks for a key and returns to where one wanted to go', async () => {
  const app = await startAppWithStripe(withKeys)
  const asked = await rawRequest(`${app.apiUrl}/trust?a=1`, 'GET')
  expect([asked.status, asked.headers.location]).toEqual([303, '/sign-in?to=%2Ftrust%3Fa%3D1'])
  const form = await rawRequest(`${app.apiUrl}${asked.headers.location}`, 'GET')
  expect(form.text).toContain('name="to" value="/trust?a=1"')
  const signedIn = await signIn(app.apiUrl, operateKey)
  expect([signedIn.status, signedIn.headers.location]).toEqual([303, '/trust'])
})

test('the cookie is for this host, https, scripts never, and our own pages alone', async () => {
  const app = await startAppWithStripe(withKeys)
  const { headers } = await signIn(app.apiUrl, operateKey)
  expect(headers['set-cookie']).toEqual([
    expect.stringMatching(
      /^__Host-console=[0-9a-f]{16}\.\d+\.[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    ),
  ])
  expect(JSON.stringify(headers)).not.toContain(operateKey)
})

test.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', ''])(
  'signing in does not lead to %j',
  async (to) => {
    const app = await startAppWithStripe(withKeys)
    const form = `${new URLSearchParams({ key: operateKey, to })}`
    const answer = await rawRequest(`${app.apiUrl}/sign-in`, 'POST', ownForm(app.apiUrl), form)
    expect([answer.status, answer.headers.location]).toEqual([303, '/'])
  },
)

test('a wrong key is refused in words, and counts as a failed attempt', async () => {
  const app = await startAppWithStripe(withKeys)
  const refused = await signIn(app.apiUrl, 'wrong-key-0123456789')
  expect(refused.status).toBe(401)
  expect(refused.text).toContain('is not one of API_KEYS')
  expect(refused.headers['set-cookie']).toBeUndefined()
  expect(refused.headers['ratelimit-remaining']).toBe('99')
})

test('a session holds on another process with the same key, and ends when the key is removed', async () => {
  const app = await startAppWithStripe(withKeys)
  const cookie = await cookieOf(app.apiUrl, operateKey)
  const other = await startAppWithStripe(withKeys)
  expect((await rawRequest(`${other.apiUrl}/`, 'GET', { cookie })).status).toBe(200)
  const without = await startAppWithStripe({ environment: { API_KEYS: `report:${readKey}:read` } })
  expect((await rawRequest(`${without.apiUrl}/`, 'GET', { cookie })).status).toBe(303)
})

test('a cookie that was changed, or is older than twelve hours, opens nothing', async () => {
  let now = Date.now()
  const app = await startAppWithStripe({ ...withKeys, dependencies: { now: () => now } })
  const cookie = await cookieOf(app.apiUrl, operateKey)
  const readCookie = await cookieOf(app.apiUrl, readKey)
  const open = async (given: string) =>
    (await rawRequest(`${app.apiUrl}/`, 'GET', { cookie: given })).status
  expect(await open(cookie)).toBe(200)
  const [keyId, until, signature] = cookie.split('.')
  expect(await open(`${keyId}.${Number(until) + 1}.${signature}`)).toBe(303)
  expect(await open(`${readCookie.split('.')[0]}.${until}.${signature}`)).toBe(303)
  expect(await open('__Host-console=')).toBe(303)
  now += 12 * 3_600_000
  expect(await open(cookie)).toBe(303)
})

test('signing out removes the cookie', async () => {
  const app = await startAppWithStripe(withKeys)
  const cookie = await cookieOf(app.apiUrl, operateKey)
  const headers = { ...ownForm(app.apiUrl), cookie }
  const out = await rawRequest(`${app.apiUrl}/sign-out`, 'POST', headers)
  expect([out.status, out.headers.location]).toEqual([303, '/sign-in'])
  expect(out.headers['set-cookie']?.[0]).toMatch(/^__Host-console=; Max-Age=0/)
})

test('another site can neither sign in nor sign out', async () => {
  const app = await startAppWithStripe(withKeys)
  for (const foreign of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    expect((await signIn(app.apiUrl, operateKey, foreign)).status).toBe(403)
    const headers = { ...ownForm(app.apiUrl), ...foreign }
    expect((await rawRequest(`${app.apiUrl}/sign-out`, 'POST', headers)).status).toBe(403)
  }
})

const PUBLIC_URL = 'https://counting.example'

test.each([
  ['a foreign name', {}, { host: 'evil.example' }],
  ['plain http', { PUBLIC_URL: 'http://counting.example' }, { host: 'counting.example' }],
  ['plain http beside PUBLIC_URL', { PUBLIC_URL }, { host: 'counting.example' }],
  [
    'a header that no trusted proxy sent',
    { PUBLIC_URL },
    { host: 'counting.example', 'x-forwarded-proto': 'https' },
  ],
  [
    'a proxy that was called by http',
    { PUBLIC_URL, TRUSTED_PROXIES: '127.0.0.1' },
    { host: 'counting.example', 'x-forwarded-proto': 'http', 'sec-fetch-site': 'same-origin' },
  ],
])('over %s no key can be entered', async (_, environment, headers) => {
  const app = await startAppWithStripe({ environment: { API_KEYS: consoleKeys, ...environment } })
  const page = await rawRequest(`${app.apiUrl}/sign-in`, 'GET', headers)
  expect(page.status).toBe(403)
  expect(page.text).not.toContain('type="password"')
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = `key=${operateKey}`
  const sent = await rawRequest(`${app.apiUrl}/sign-in`, 'POST', { ...type, ...headers }, body)
  expect(sent.status).toBe(403)
  expect(sent.headers['set-cookie']).toBeUndefined()
})

test.each([
  ['localhost', {}, { host: 'localhost:3000' }],
  ['the https of PUBLIC_URL', { PUBLIC_URL }, { 'sec-fetch-site': 'none' }],
  [
    'the https of a trusted proxy',
    { PUBLIC_URL, TRUSTED_PROXIES: '127.0.0.1' },
    { 'x-forwarded-proto': 'https' },
  ],
])('by %s a key can be entered', async (_, environment, headers) => {
  const app = await startAppWithStripe({ environment: { API_KEYS: consoleKeys, ...environment } })
  const own = { host: 'counting.example', ...headers }
  const page = await rawRequest(`${app.apiUrl}/sign-in`, 'GET', own)
  expect(page.status).toBe(200)
  expect(page.text).toContain('type="password"')
})
