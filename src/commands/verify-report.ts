import { isProvenByStripe } from '../../instrumentation/counters.ts'
import type { Comparison, SeriesComparison } from '../stripe/sync/compare.ts'
import type { SeriesCount } from './read-series-counts.ts'
import { formatTable } from './table.ts'

export interface VerifyReport {
  readonly lines: readonly string[]
  /** False if a fact is missing or extra, or if a total or the hourly sums differ from the number of facts. */
  readonly agrees: boolean
  /** The same for programs. */
  readonly json: object
}

export interface VerifyFindings {
  readonly comparison: Comparison
  readonly counts: ReadonlyMap<string, SeriesCount>
  /** Objects in Stripe's lists that could not be processed. */
  readonly unreadable: number
}

const keyCountMax = 20

/** Formats a comparison for the operator. Pure. */
export function describeComparison(findings: VerifyFindings): VerifyReport {
  const { comparison, counts, unreadable } = findings
  const { series, missing, absentKeys, changedKeys } = comparison
  const names = [...new Set([...counts.keys(), ...series.keys()])].toSorted()
  const sum = (of: (one: SeriesComparison) => number): number =>
    [...series.values()].reduce((total, one) => total + of(one), 0)
  const absent = sum((one) => one.absent)
  const notLookedUp = sum((one) => one.notLookedUp)
  const unequal = [...counts].flatMap(([name, count]) => describeUnequal(name, count))

  const rows = names.map((name) => {
    const compared = series.get(name)
    const count = counts.get(name)
    const byStripe = count === undefined || isProvenByStripe(count.counter)
    return [
      name,
      byStripe ? String(compared?.stripe ?? 0) : '-',
      byStripe ? String(compared?.ledger ?? 0) : '-',
      byStripe ? String(missing.series[name] ?? 0) : '-',
      byStripe ? String(compared?.absent ?? 0) : '-',
      String(count?.facts ?? 0),
      String(count?.total ?? 0),
    ]
  })
  const header = ['series', 'Stripe', 'ledger', 'missing', 'extra', 'all facts', 'committed']
  const agrees = missing.count + absent + notLookedUp + unreadable + unequal.length === 0
  const lines = [
    ...formatTable([header, ...rows]),
    '',
    ...listKeys(`${missing.count} missing in the ledger`, missing.count, missing.keys),
    ...listKeys(`${absent} in the ledger that Stripe does not have`, absent, absentKeys),
    ...unequal,
    ...lineFor(unreadable, 'objects of the lists could not be read and were not compared'),
    ...lineFor(
      notLookedUp,
      'facts that are in no list could not be looked up: too many (use an earlier --since), rejected by Stripe, or an unreadable response',
    ),
    ...listKeys(
      'Counted, but Stripe now reports otherwise (a counter never falls; no drift)',
      changedKeys.length,
      changedKeys,
    ),
    ...lineFor(
      sum((one) => one.unprovable),
      "attempts that made no charge are older than Stripe's events: nothing to compare them with",
    ),
    agrees ? "Stripe, the ledger's facts and its totals agree." : 'They do not agree.',
  ]
  return { lines, agrees, json: toJson(findings, agrees) }
}

/** The comparison for programs; a series that Stripe does not prove has null for it. */
function toJson({ comparison, counts, unreadable }: VerifyFindings, agrees: boolean): object {
  const { series, missing, absentKeys, changedKeys } = comparison
  const names = [...new Set([...counts.keys(), ...series.keys()])].toSorted()
  return {
    agrees,
    series: names.map((name) => {
      const compared = series.get(name)
      const count = counts.get(name)
      return {
        series: name,
        stripe: compared?.stripe ?? null,
        ledger: compared?.ledger ?? null,
        missing: missing.series[name] ?? 0,
        absent: compared?.absent ?? 0,
        changed: compared?.changed ?? 0,
        not_looked_up: compared?.notLookedUp ?? 0,
        facts: count?.facts ?? 0,
        hourly: count?.hourly ?? 0,
        committed: count?.total ?? 0,
      }
    }),
    missing_keys: missing.keys,
    absent_keys: absentKeys,
    changed_keys: changedKeys,
    unreadable,
  }
}

function describeUnequal(name: string, { facts, total, hourly }: SeriesCount): readonly string[] {
  return [
    ...(total === facts ? [] : [`${name}: ${facts} facts but a committed total of ${total}`]),
    ...(hourly === facts ? [] : [`${name}: ${facts} facts but ${hourly} in the sums by the hour`]),
  ]
}

function listKeys(title: string, count: number, keys: readonly string[]): readonly string[] {
  if (count === 0) return []
  const listed = keys.slice(0, keyCountMax).map((key) => `  ${key}`)
  const rest = count > listed.length ? [`  … and ${count - listed.length} more`] : []
  return [`${title}:`, ...listed, ...rest]
}

function lineFor(count: number, text: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${text}`]
}
