import { expect, test } from 'vitest'
import { startTestApp } from '../support/start-test-app.ts'

test('the page of the description loads its files from this service, which caches and compresses them', async () => {
  const app = await startTestApp()
  const page = await app.call('GET', '/docs')
  expect(page.headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  const text = await page.text()
  expect(text).not.toMatch(/<script(?! src)|<style|style=|https?:/)
  const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path)
  expect(files).toEqual([
    '/docs/icon.png',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui.js',
    '/docs/start.js',
  ])
  for (const path of files) {
    const file = await app.call('GET', path)
    expect([file.status, file.headers.get('content-encoding')]).toEqual([200, 'gzip'])
    const etag = file.headers.get('etag') ?? ''
    const again = await app.call('GET', path, undefined, { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const text = await file.text()
    for (const accepted of ['identity', 'gzip;q=0, identity']) {
      const plain = await app.call('GET', path, undefined, { 'accept-encoding': accepted })
      expect(plain.headers.has('content-encoding')).toBe(false)
      expect(await plain.text()).toBe(text)
    }
  }
})

test('the description is revalidated by its ETag', async () => {
  const app = await startTestApp()
  const etag = (await app.call('GET', '/openapi.json')).headers.get('etag') ?? ''
  const again = await app.call('GET', '/openapi.json', undefined, { 'if-none-match': etag })
  expect(again.status).toBe(304)
})
