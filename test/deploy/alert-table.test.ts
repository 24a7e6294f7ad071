import { expect, test } from 'vitest'
import type { AlertCondition } from '../../src/alerts/condition.ts'
import { alertConditions } from '../../src/alerts/conditions.ts'
import { parseDurationMs } from '../../src/time/duration.ts'
import { rules, textOf } from './repository.ts'

/** The shipped alert that a row of the table names. */
function ruleOf({ rule }: AlertCondition) {
  const found = rules.filter(({ alert }) => alert === rule.alert)
  expect(found, rule.alert).toHaveLength(1)
  const [shipped] = found
  if (shipped === undefined) throw new Error(`no rule ${rule.alert}`)
  return shipped
}

function durationOf(text = '0s'): number | undefined {
  return parseDurationMs(text, ['s', 'm', 'h'])
}

/** Line breaks, and the brackets and commas beside them, mean nothing in PromQL. */
function plain(expression: string): string {
  return expression
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\( | \)/g, (one) => one.trim())
    .trim()
}

test.each(alertConditions.map((condition) => [condition.name, condition] as const))(
  '%s of the table and its shipped rule have one expression, severity and duration',
  (_, condition) => {
    const shipped = ruleOf(condition)
    expect(plain(shipped.expr)).toBe(plain(condition.rule.expr))
    expect(shipped.labels.severity).toBe(condition.severity)
    expect(durationOf(shipped.for)).toBe(condition.forMs)
    expect(durationOf(shipped.keep_firing_for)).toBe(condition.keepFiringMs)
  },
)

test('an alert has one name and one summary in both, except where the service knows more than a scrape', () => {
  const named = alertConditions.filter(({ name, rule }) => name === rule.alert)
  for (const condition of named)
    expect(ruleOf(condition).annotations.summary).toBe(condition.summary)
  const others = alertConditions.filter((one) => !named.includes(one)).map(({ name }) => name)
  expect(others).toEqual(['CountinghouseSeriesEnded'])
})

test('docs/alerts.md lists each row of the table, with its shipped alert', () => {
  const rows = textOf('docs/alerts.md')
    .split('\n')
    .flatMap((line) => [...line.matchAll(/^\| `(\w+)` \| (\w+) \| `(\w+)` \|/g)])
    .map(([, name, severity, alert]) => [name, severity, alert])
  expect(rows).toEqual(
    alertConditions.map(({ name, severity, rule }) => [name, severity, rule.alert]),
  )
})
