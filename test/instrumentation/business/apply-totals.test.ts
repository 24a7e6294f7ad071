import { expect, test } from 'vitest'
import { createAppliedTotals } from '../../../instrumentation/business/apply-totals.ts'
import { startTelemetry } from '../../../instrumentation/export/meter-providers.ts'
import { createScrape } from '../../../instrumentation/export/scrape.ts'
import type { Total } from '../../../src/ledger/fact.ts'

const plans = ['starter', 'professional', 'enterprise']

function payments(label: string, total: number): Total {
  return {
    counter: 'billing_payments_total',
    label,
    total,
  }
}

function begin() {
  const telemetry = startTelemetry({
    serviceName: 'test',
    serviceVersion: '0',
    instanceId: 'i',
    seriesId: undefined,
    resourceAttributes: {},
    warn: () => undefined,
  })
  const appliedTotals = createAppliedTotals(telemetry.business.meter, plans)
  const scrape = createScrape({
    exposition: { expose: (collect) => collect('leader') },
    business: telemetry.business.reader,
    service: telemetry.service.reader,
    onRefused: () => undefined,
  })
  const page = async () => {
    const text = await (await scrape(new Request('http://localhost/metrics'))).text()
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  }
  return { appliedTotals, page, telemetry, scrape }
}

test('every series of the contract is 0 before anything happened', async () => {
  const { page } = begin()
  expect(await page()).toEqual([
    'marketing_posts_total 0',
    'billing_checkout_started_total{plan="starter"} 0',
    'billing_checkout_started_total{plan="professional"} 0',
    'billing_checkout_started_total{plan="enterprise"} 0',
    'billing_payments_total{status="success"} 0',
    'billing_payments_total{status="failed"} 0',
    'billing_payments_total{status="refunded"} 0',
  ])
})

test('applying raises a counter to its total, and a later, smaller answer changes nothing', async () => {
  const { appliedTotals, page } = begin()
  appliedTotals.apply([payments('success', 5)])
  appliedTotals.apply([payments('success', 3)])
  appliedTotals.apply([payments('success', 5)])
  expect(await page()).toContain('billing_payments_total{status="success"} 5')
})

test('a series that moves several times is at its last total, not at their sum', async () => {
  const { appliedTotals, page } = begin()
  for (const total of [0, 5, 9, 14]) appliedTotals.apply([payments('success', total)])
  expect(await page()).toContain('billing_payments_total{status="success"} 14')
})

test('a plan that has a total but is no longer for sale is shown', async () => {
  const { appliedTotals, page } = begin()
  const total: Total = { counter: 'billing_checkout_started_total', label: 'gold', total: 7 }
  expect(await appliedTotals.applyFrom(async () => [total])).toBe(true)
  expect(await page()).toContain('billing_checkout_started_total{plan="gold"} 7')
  expect(appliedTotals.exposed()).toContainEqual(total)
})

test('it may speak only once it was restored', async () => {
  const { appliedTotals } = begin()
  expect(appliedTotals.canExpose).toBe(false)
  await appliedTotals.applyFrom(async () => [])
  expect(appliedTotals.canExpose).toBe(true)
})

test('a reading below what was exposed ends the series instead of letting it fall', async () => {
  const { appliedTotals, page } = begin()
  appliedTotals.apply([payments('success', 5)])
  expect(await appliedTotals.applyFrom(async () => [payments('success', 4)])).toBe(false)
  expect(await appliedTotals.applyFrom(async () => [payments('success', 9)])).toBe(false)
  appliedTotals.apply([payments('success', 9)])
  expect(appliedTotals.canExpose).toBe(false)
  expect(await page()).toContain('billing_payments_total{status="success"} 5')
})

test('a reading without a series that was exposed ends the series too', async () => {
  const { appliedTotals } = begin()
  expect(await appliedTotals.applyFrom(async () => [payments('success', 5)])).toBe(true)
  expect(await appliedTotals.applyFrom(async () => [payments('success', 5)])).toBe(true)
  expect(await appliedTotals.applyFrom(async () => [payments('failed', 1)])).toBe(false)
  expect(appliedTotals.canExpose).toBe(false)
})

test('series that were ended stay as they are', async () => {
  const { appliedTotals, page } = begin()
  await appliedTotals.applyFrom(async () => [payments('success', 5)])
  appliedTotals.end()
  expect(appliedTotals.canExpose).toBe(false)
  appliedTotals.apply([payments('success', 9)])
  expect(await page()).toContain('billing_payments_total{status="success"} 5')
})

test('a commit that overtakes a reading under way is not taken for a loss', async () => {
  const { appliedTotals } = begin()
  const held = await appliedTotals.applyFrom(async () => {
    appliedTotals.apply([payments('success', 2)])
    return [payments('success', 1)]
  })
  expect(held).toBe(true)
  expect(appliedTotals.exposed()).toContainEqual(payments('success', 2))
})

test('a total that is not a count is never added', () => {
  const { appliedTotals } = begin()
  for (const total of [Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1])
    expect(() => appliedTotals.apply([payments('success', total)])).toThrow('is not a count')
})

test('after the end the page is refused, not empty', async () => {
  const { telemetry, scrape } = begin()
  await telemetry.stop()
  const answer = await scrape(new Request('http://localhost/metrics'))
  expect(answer.status).toBe(503)
  expect(await answer.text()).toContain('the counters cannot be exposed')
})
