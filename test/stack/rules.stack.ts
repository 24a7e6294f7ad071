import { describe, expect, inject, test } from 'vitest'
import { createPromtool } from '../deploy/promtool.ts'
import { ruleFiles, ruleTestFiles } from '../deploy/repository.ts'
import { startAppWithStripe } from '../support/start-test-app.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

const { promtool: program } = inject('tools').paths
const promtool = createPromtool(program)

/** `test/deploy` asks the promtool of the machine, which may be of version 2, the same. */
describe.skipIf(program === '')('promtool 3', () => {
  test('accepts the configuration and finds nothing in the rules', () => {
    expect(promtool.checkConfig()).toMatchObject({ status: 0 })
    const { status, output } = promtool.checkRules(ruleFiles)
    expect(output).not.toMatch(/FAILED|lint/i)
    expect(status).toBe(0)
  })

  test.each(ruleTestFiles)('runs %s', (file) => {
    const { status, output } = promtool.testRules(file)
    expect(output).toContain('SUCCESS')
    expect(status).toBe(0)
  })

  test('finds nothing in the page of a service that was asked for something', async () => {
    const app = await startAppWithStripe()
    await deliver(app.apiUrl, eventBody('payment_intent.succeeded'))
    await app.call('GET', '/healthz')
    const page = await (await fetch(app.metricsUrl)).text()
    expect(page).toContain('billing_payments_total{status="success"')
    expect(page).toContain('http_server_request_duration_seconds_bucket')
    expect(promtool.checkMetrics(page)).toEqual({ status: 0, output: '' })
  })

  test('finds a page wrong that is', () => {
    expect(promtool.checkMetrics('# TYPE posts counter\nposts 1\n').status).toBe(3)
  })
})
