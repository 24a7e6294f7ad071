import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { ownForm } from '../support/open-page.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { rawRequest } from '../support/raw-request.ts'
import { startTestApp } from '../support/start-test-app.ts'

test('the page stays reachable while the counters may not be exposed, and says what to do', async () => {
  const app = await startTestApp()
  const { text } = await rawRequest(`${app.apiUrl}/trust`, 'GET')
  expect(text).toContain('facts, committed totals and counters are equal')
  const { headers } = await rawRequest(
    `${app.apiUrl}/try-it`,
    'POST',
    ownForm(app.apiUrl),
    'plan=starter',
  )
  expect(headers.location).toBeDefined()
  expect((await app.counters()).get('billing_checkout_started_total{plan="starter"}')).toBe(1)
  await app.stop()
  const database = new DatabaseSync(join(app.folder, 'ledger.db'))
  database.exec('delete from totals; delete from hourly; delete from facts')
  database.close()
  const again = await startTestApp({ folder: app.folder })
  expect((await again.call('GET', '/readyz')).status).toBe(503)
  const page = await rawRequest(`${again.apiUrl}/trust`, 'GET')
  expect(page.status).toBe(200)
  expect(page.text).toContain('npm run recover')
  expect(page.text).toContain('data-state="bad"')
})

test('on PostgreSQL the pages show the same', async () => {
  const app = await startTestApp({ environment: { DATABASE_URL: await temporaryDatabase() } })
  const form = ownForm(app.apiUrl)
  expect((await rawRequest(`${app.apiUrl}/try-it`, 'POST', form, 'plan=starter')).status).toBe(303)
  const overview = await rawRequest(`${app.apiUrl}/?period=today`, 'GET')
  expect(overview.status).toBe(200)
  expect(overview.text).toMatch(/<dt>Checkouts started<\/dt><dd>1/)
  const trust = await rawRequest(`${app.apiUrl}/trust`, 'GET')
  expect(trust.text).toContain('facts, committed totals and counters are equal')
  expect(trust.text).toMatch(/leader: it exposes the counters/)
})
