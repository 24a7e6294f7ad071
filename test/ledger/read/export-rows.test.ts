import { expect, test } from 'vitest'
import type { FactRow } from '../../../src/database/schema.ts'
import { csvHeader, toCsv, toJsonLines } from '../../../src/ledger/read/export-rows.ts'

const fact: FactRow = {
  key: 'payment:success:pi_1',
  counter: 'billing_payments_total',
  label: 'success',
  occurred_at: Date.UTC(2026, 0, 1),
  recorded_at: Date.UTC(2026, 0, 1) + 1,
  source: 'webhook',
  evidence: 'evt_1',
  amount_minor: 2900,
  currency: 'eur',
}
const withoutMoney: FactRow = { ...fact, amount_minor: null, currency: null }

/** The cells of one fact, by the names of the header. */
function cellsOf(one: FactRow): Readonly<Record<string, string | undefined>> {
  const cells = toCsv([one]).slice(0, -2).split(',')
  const names = csvHeader.slice(0, -2).split(',')
  return Object.fromEntries(names.map((name, at) => [name, cells[at]]))
}

test('a fact is one line of CSV, its instants in UTC and its amount also as a decimal', () => {
  expect(cellsOf(fact)).toEqual({
    key: 'payment:success:pi_1',
    counter: 'billing_payments_total',
    label: 'success',
    occurred_at: '2026-01-01T00:00:00.000Z',
    recorded_at: '2026-01-01T00:00:00.001Z',
    source: 'webhook',
    evidence: 'evt_1',
    amount_minor: '2900',
    amount: '29.00',
    currency: 'eur',
  })
})

test('without an amount the cells are empty, and without a currency there is no decimal', () => {
  expect(cellsOf(withoutMoney)).toMatchObject({ amount_minor: '', amount: '', currency: '' })
  expect(cellsOf({ ...fact, currency: null })).toMatchObject({ amount_minor: '2900', amount: '' })
  expect(cellsOf({ ...fact, amount_minor: null })).toMatchObject({ amount: '', currency: 'eur' })
})

test.each([
  ['=1+1', "'=1+1"],
  ['+49', "'+49"],
  ['-x', "'-x"],
  ['@cmd', "'@cmd"],
  ['\tx', "'\tx"],
  ['evt=1', 'evt=1'],
])('of a text %j no spreadsheet makes a formula: %j', (evidence, cell) => {
  expect(cellsOf({ ...fact, evidence })).toMatchObject({ evidence: cell })
})

test('a negative amount stays a number', () => {
  const refunded = { ...fact, amount_minor: -2900 }
  expect(cellsOf(refunded)).toMatchObject({ amount_minor: '-2900', amount: '-29.00' })
})

test.each([
  ['a,b', '"a,b"'],
  ['say "so"', '"say ""so"""'],
  ['two\nlines', '"two\nlines"'],
])('a text %j that would break a line of CSV is quoted', (evidence, cell) => {
  expect(toCsv([{ ...fact, evidence }])).toContain(`,webhook,${cell},2900,`)
})

test('each fact is a line of JSON, with numbers as numbers and what is missing as null', () => {
  const lines = toJsonLines([fact, withoutMoney]).split('\n')
  expect(lines.slice(0, 2).map((line) => JSON.parse(line))).toEqual([
    {
      ...fact,
      occurred_at: '2026-01-01T00:00:00.000Z',
      recorded_at: '2026-01-01T00:00:00.001Z',
      amount: '29.00',
    },
    expect.objectContaining({ amount_minor: null, amount: null, currency: null }),
  ])
  expect(lines.slice(2)).toEqual([''])
})
