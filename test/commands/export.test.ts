import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exportFacts } from '../../src/commands/export.ts'
import { type FactKey, paymentKey } from '../../src/ledger/fact-key.ts'
import type { Ledger } from '../../src/ledger/record/ledger.ts'
import { toDecimal } from '../../src/money/format-money.ts'
import { engines, openTestLedger } from '../support/open-test-ledger.ts'
import { runOn } from '../support/run-command-on.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const november = Date.UTC(2026, 10, 1)
const december = Date.UTC(2026, 11, 1)

interface Sale {
  readonly key: FactKey<'billing_payments_total'>
  readonly occurredAt?: number
  readonly amountMinor?: number
  readonly currency?: string
  readonly evidence?: string
}

async function sell(ledger: Ledger, sales: readonly Sale[]): Promise<void> {
  const record = (sale: Sale) =>
    ledger.record({
      counter: 'billing_payments_total',
      label: 'success',
      occurredAt: november,
      objectCreatedAt: null,
      source: 'webhook',
      evidence: 'evt_1',
      amountMinor: 2900,
      currency: 'eur',
      ...sale,
    })
  await Promise.all(sales.map(record))
}

function keyOf(name: string | number): FactKey<'billing_payments_total'> {
  return paymentKey('success', `pi_${name}`)
}

function keysIn(csv: string): readonly string[] {
  return csv.split(/\r?\n/).flatMap((line) => /^payment:[^,]+/.exec(line)?.[0] ?? [])
}

describe.each(engines)('export on %s', (engine) => {
  test('a month has what occurred from its first instant until the next month, each with its decimals', async () => {
    const { ledger, location } = await openTestLedger(engine)
    await sell(ledger, [
      { key: keyOf('before'), occurredAt: november - 1 },
      { key: keyOf('first') },
      { key: keyOf('yen'), amountMinor: 500, currency: 'jpy' },
      { key: keyOf('last'), occurredAt: december - 1, amountMinor: 5, currency: 'kwd' },
      { key: keyOf('after'), occurredAt: december },
    ])
    const lines = (await runOn(exportFacts, location, '--month', '2026-11')).split(/\r?\n/)
    expect(lines[0]).toBe(
      'key,counter,label,occurred_at,recorded_at,source,evidence,amount_minor,amount,currency',
    )
    const rows = lines.slice(1).map((line) => [line.split(',')[0], ...line.split(',').slice(-3)])
    expect(rows.toSorted()).toEqual([
      [keyOf('first'), '2900', '29.00', 'eur'],
      [keyOf('last'), '5', '0.005', 'kwd'],
      [keyOf('yen'), '500', '500', 'jpy'],
    ])
  })

  test('without a month it has as many facts as the totals, also when it is continued', async () => {
    const { ledger, location } = await openTestLedger(engine)
    await sell(
      ledger,
      Array.from({ length: 1_203 }, (_, index) => ({ key: keyOf(index) })),
    )
    const [total] = await ledger.readTotals()
    const all = keysIn(await runOn(exportFacts, location))
    expect(all.length).toBe(total?.total)
    expect(new Set(all).size).toBe(1_203)

    const lastWritten = all[700] ?? ''
    const rest = await runOn(exportFacts, location, '--after', lastWritten)
    expect(keysIn(rest)).toEqual(all.slice(701))
    expect(rest).not.toContain('amount_minor')
  })
})

test('a file is readable by its owner alone and never overwritten', async () => {
  const { ledger, location } = await openTestLedger('sqlite')
  await sell(ledger, [{ key: keyOf(1) }])
  const file = join(temporaryFolder(), 'facts.jsonl')
  const options = ['--format', 'jsonl', '--to', file, '--json']
  expect(JSON.parse(await runOn(exportFacts, location, ...options))).toEqual({ file, facts: 1 })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const text = readFileSync(file, 'utf8')
  expect(JSON.parse(text)).toMatchObject({ key: keyOf(1), amount_minor: 2900, amount: '29.00' })
  await expect(runOn(exportFacts, location, ...options)).rejects.toThrow('never overwritten')
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a cell is no formula, and quotes and commas are quoted', async () => {
  const { ledger, location } = await openTestLedger('sqlite')
  await sell(ledger, [{ key: keyOf(1), evidence: '=SUM("a",1)' }])
  expect(await runOn(exportFacts, location)).toContain(`,"'=SUM(""a"",1)",`)
})

test('an unknown month, format or key is refused', async () => {
  const { location } = await openTestLedger('sqlite')
  const refusal = (...args: readonly string[]) => runOn(exportFacts, location, ...args)
  await expect(refusal('--month', '2026-13')).rejects.toThrow('give a month such as 2026-11')
  await expect(refusal('--format', 'xml')).rejects.toThrow('use csv or jsonl')
  await expect(refusal('--after', 'payment:success:pi_9')).rejects.toThrow('has no fact')
})

test("decimals are exact, also for Stripe's special cases", () => {
  expect(toDecimal(500, 'isk')).toBe('5.00')
  expect(toDecimal(500, 'ugx')).toBe('5.00')
  expect(toDecimal(-5, 'kwd')).toBe('-0.005')
  expect(toDecimal(Number.MAX_SAFE_INTEGER, 'usd')).toBe('90071992547409.91')
  expect(toDecimal(0, 'jpy')).toBe('0')
})
