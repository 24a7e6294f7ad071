import type { Attributes, Counter, Meter } from '@opentelemetry/api'
import type { Total } from '../../src/ledger/fact.ts'
import type { AppliedTotals } from '../../src/ledger/leader/exposition.ts'
import { type CounterName, counterNames, counters, labelsOf } from '../counters.ts'

interface Series {
  readonly counter: CounterName
  readonly label: string
  readonly instrument: Counter
  readonly attributes: Attributes
  exposed: number
}

/** Creates the counters with every series of the contract at 0; expose nothing before `applyFrom`. */
export function createAppliedTotals(meter: Meter, plans: readonly string[]): AppliedTotals {
  const series = new Map<string, Series>()
  let restored = false
  let fell = false

  const open = (name: CounterName, instrument: Counter, label: string): Series => {
    const opened = openSeries(name, instrument, label)
    series.set(seriesKey(name, label), opened)
    return opened
  }

  const instruments = new Map<CounterName, Counter>()
  for (const name of counterNames) {
    const instrument = meter.createCounter(name, { description: counters[name].description })
    instruments.set(name, instrument)
    for (const label of labelsOf(name, plans)) open(name, instrument, label)
  }

  const seriesOf = (name: CounterName, label: string): Series => {
    const known = series.get(seriesKey(name, label))
    if (known !== undefined) return known
    const instrument = instruments.get(name)
    if (instrument === undefined) throw new TypeError(`the contract has no counter ${name}`)
    return open(name, instrument, label)
  }

  const raise = ({ counter, label, total }: Total): void => {
    raiseTo(seriesOf(counter, label), total)
  }

  const snapshot = (): readonly Total[] =>
    [...series.values()].map(({ counter, label, exposed }) => ({ counter, label, total: exposed }))

  return {
    apply: (totals) => {
      if (!fell) totals.forEach(raise)
    },
    applyFrom: async (read) => {
      const exposed = snapshot()
      const totals = await read()
      fell ||= isBelow(totals, exposed)
      if (fell) return false
      totals.forEach(raise)
      restored = true
      return true
    },
    end: () => {
      fell = true
    },
    get canExpose() {
      return restored && !fell
    },
    exposed: snapshot,
  }
}

function openSeries(name: CounterName, instrument: Counter, label: string): Series {
  const { attribute } = counters[name]
  const attributes = Object.freeze(attribute === null ? {} : { [attribute]: label })
  instrument.add(0, attributes)
  return { counter: name, label, instrument, attributes, exposed: 0 }
}

function raiseTo(series: Series, total: number): void {
  const { counter, label, instrument, attributes, exposed } = series
  if (!Number.isSafeInteger(total) || total < 0)
    throw new TypeError(`the total ${total} of ${counter} ${label} is not a count`)
  if (total <= exposed) return
  instrument.add(total - exposed, attributes)
  series.exposed = total
}

function seriesKey(name: CounterName, label: string): string {
  return `${name} ${label}`
}

function isBelow(committed: readonly Total[], exposed: readonly Total[]): boolean {
  const totals = new Map(committed.map((one) => [seriesKey(one.counter, one.label), one.total]))
  return exposed.some((one) => (totals.get(seriesKey(one.counter, one.label)) ?? 0) < one.total)
}
