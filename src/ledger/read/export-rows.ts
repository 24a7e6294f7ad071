import type { FactRow } from '../../database/schema.ts'
import { toDecimal } from '../../money/format-money.ts'

/** The columns of an exported fact, in order. */
const columns = [
  'key',
  'counter',
  'label',
  'occurred_at',
  'recorded_at',
  'source',
  'evidence',
  'amount_minor',
  'amount',
  'currency',
] as const

/** The first line of an export as CSV. */
export const csvHeader = `${columns.join(',')}\r\n`

/** Facts as CSV lines by RFC 4180, without a header. No cell is a formula for a spreadsheet. */
export function toCsv(facts: readonly FactRow[]): string {
  return facts
    .map((fact) => {
      const row = toRow(fact)
      return `${columns.map((column) => toCell(row[column])).join(',')}\r\n`
    })
    .join('')
}

/** Facts as lines of JSON. */
export function toJsonLines(facts: readonly FactRow[]): string {
  return facts.map((fact) => `${JSON.stringify(toRow(fact))}\n`).join('')
}

function toRow(fact: FactRow) {
  const { amount_minor: amountMinor, currency } = fact
  return {
    key: fact.key,
    counter: fact.counter,
    label: fact.label,
    occurred_at: new Date(fact.occurred_at).toISOString(),
    recorded_at: new Date(fact.recorded_at).toISOString(),
    source: fact.source,
    evidence: fact.evidence,
    amount_minor: amountMinor,
    amount: amountMinor === null || currency === null ? null : toDecimal(amountMinor, currency),
    currency,
  }
}

/** A spreadsheet runs a text that begins so; the apostrophe makes it plain text (OWASP, CSV injection). */
const formulaStart = /^[=+\-@\t\r]/
const decimal = /^-?\d+(\.\d+)?$/

function toCell(value: string | number | null): string {
  if (value === null) return ''
  const text = String(value)
  const safe = formulaStart.test(text) && !decimal.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
