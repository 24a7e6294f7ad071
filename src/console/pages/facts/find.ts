import type { FactRow } from '../../../database/schema.ts'
import { keysMeantBy } from '../../../ledger/fact-key.ts'
import type { FactFilter, ReadFacts } from '../../../ledger/read/facts.ts'
import type { Faults } from '../../faults.ts'

/** Facts of one page, and where the next one starts. */
export interface FoundFacts {
  readonly facts: readonly FactRow[]
  readonly next: string | null
}

const pageSize = 50

/** Whether somebody looks for one object rather than through a list. */
export function isSearch(query: URLSearchParams): boolean {
  return (query.get('q') ?? '').trim() !== ''
}

/** The filter of a page's URL, or what is wrong with its fields. Days are in UTC and inclusive. */
export function readFilter(query: URLSearchParams): FactFilter | { readonly faults: Faults } {
  const days = ['from', 'through'].map((name) => [name, readDay(query.get(name))] as const)
  const wrong = days.filter(([, day]) => day === 'invalid')
  if (wrong.length > 0) return { faults: new Map(wrong.map(([name]) => [name, dayFault])) }
  const [from, through] = days.map(([, day]) => (day === 'invalid' ? undefined : day))
  if (from !== undefined && through !== undefined && through < from)
    return { faults: new Map([['through', 'Give a day that is not before the first one.']]) }
  return {
    counter: read(query, 'counter'),
    label: read(query, 'label'),
    source: read(query, 'source'),
    occurredAfter: from,
    occurredBefore: through === undefined ? undefined : through + dayMs,
  }
}

const dayFault = 'Give a day as year-month-day, such as 2026-11-27.'

/** The facts that a page shows: those of one object, or a page of the filtered list. */
export async function findFacts(
  readFacts: ReadFacts,
  query: URLSearchParams,
  filter: FactFilter,
): Promise<FoundFacts> {
  const search = (query.get('q') ?? '').trim()
  if (search === '')
    return readFacts(filter, { limit: pageSize, startingAfter: read(query, 'after') })
  const pages = await Promise.all(
    keysMeantBy(search).map((key) => readFacts({ ...filter, key }, { limit: 1 })),
  )
  return { facts: pages.flatMap(({ facts }) => facts), next: null }
}

const dayMs = 86_400_000

function readDay(text: string | null): number | undefined | 'invalid' {
  if (text === null || text === '') return undefined
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(instant) ? 'invalid' : instant
}

/** An empty field of a form filters nothing. */
function read(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name)
  return value === null || value === '' ? undefined : value
}
