import { expect, test } from 'vitest'
import { buildBundle } from '../support/build-bundle.ts'
import { mustBeReady, ownLedger, runEntry, startService } from '../support/service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

test('the bundle starts, counts, shows its pages with their files, runs commands and stops like the source', async () => {
  const stack = testStack()
  const folder = temporaryFolder(stack)
  const options = { folder, entry: buildBundle(stack), environment: ownLedger }
  const service = startService(stack, options)
  const { apiUrl, metricsUrl, shopUrl } = await mustBeReady(service)
  expect(shopUrl).toBeDefined()

  const checkout = await fetch(`${apiUrl}/v1/checkout-sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ plan: 'starter' }),
  })
  expect(checkout.status).toBe(201)
  const page = await (await fetch(metricsUrl)).text()
  expect(page).toMatch(/^billing_checkout_started_total\{plan="starter"\} 1$/m)
  const shown = await (await fetch(apiUrl)).text()
  const files = [...shown.matchAll(/(?:href|src)="(\/[^"]+\.(?:css|js|svg))"/g)].map(
    (one) => one[1],
  )
  expect(files.length).toBeGreaterThan(2)
  for (const path of [...files, '/docs', '/openapi.json', '/version'])
    expect((await fetch(`${apiUrl}${path}`)).status, path).toBe(200)
  expect(await service.end('SIGTERM')).toBe(0)

  const exported = runEntry(stack, options, ['export', '--format', 'csv'])
  expect(await exported.exited, exported.errorText()).toBe(0)
  expect(exported.outputText()).toContain('billing_checkout_started_total,starter')
})
