import { factsOf, type Truth } from '../../support/emulator-controls.ts'
import type { Acknowledged } from './acknowledged.ts'
import type { Books, FactEntry } from './books.ts'

/** Everything that is held against each other once nothing moves any more. */
export interface Evidence {
  /** Stripe's own, from its own process: objects created since the ledger's genesis. */
  readonly truth: Truth
  /** Ids of the posts that the channel confirmed, by the channel's own process. */
  readonly confirmedPosts: ReadonlySet<string>
  readonly books: Books
  /** What a scrape shows, by series; a label `instance` left out. */
  readonly exposed: ReadonlyMap<string, number>
  readonly acknowledged: Acknowledged
  /** From the recorder of scrapes. */
  readonly falls: readonly string[]
}

const examplesMax = 3

/**
 * The one audit of every scenario. At rest these are the same integers: Stripe's truth, the rows of the
 * ledger, the committed totals, what is exposed. And what was acknowledged is there, and nothing fell.
 * Answers every breach in words; none when the promise held.
 */
export function audit(evidence: Evidence): readonly string[] {
  return [
    ...compareWithStripe(evidence),
    ...compareWithChannel(evidence),
    ...compareIntegers(evidence),
    ...acknowledgedButMissing(evidence.acknowledged, evidence.books),
    ...evidence.falls.slice(0, examplesMax),
  ]
}

/** What was answered 2xx and is not in the ledger. */
export function acknowledgedButMissing(
  { keys, posts }: Pick<Acknowledged, 'keys' | 'posts'>,
  { facts }: { readonly facts: readonly Pick<FactEntry, 'key' | 'evidence'>[] },
): readonly string[] {
  const known = new Set(facts.map(({ key }) => key))
  const receipts = new Set(facts.map(({ evidence }) => evidence))
  return [
    ...describe('acknowledged and not in the ledger', missing(keys, known)),
    ...describe('acknowledged posts that are not in the ledger', missing(posts, receipts)),
  ]
}

function compareWithStripe({ truth, books }: Evidence): readonly string[] {
  const expected = factsOf(truth)
  const stripeFacts = books.facts.filter(({ key }) => !key.startsWith('post:'))
  const known = new Map(stripeFacts.map(({ key, series }) => [key, series]))
  const misplaced = [...expected].filter(
    ([key, series]) => known.has(key) && known.get(key) !== series,
  )
  return [
    ...describe('at Stripe and not in the ledger', missing(expected.keys(), known)),
    ...describe('in the ledger and not at Stripe', missing(known.keys(), expected)),
    ...describe(
      'under another series than at Stripe',
      misplaced.map(([key]) => key),
    ),
  ]
}

/** A post with an unknown outcome is not counted, and must be shown as unknown. */
function compareWithChannel({ confirmedPosts, books }: Evidence): readonly string[] {
  const counted = new Set(
    books.facts.filter(({ key }) => key.startsWith('post:')).map(({ evidence }) => evidence),
  )
  const sent = [...books.posts].filter(([, state]) => state === 'sent').map(([id]) => id)
  const open: ReadonlySet<string> = new Set(['unknown', 'sending', 'due'])
  const silent = missing(confirmedPosts, counted).filter(
    (id) => !open.has(books.posts.get(id) ?? ''),
  )
  return [
    ...describe('posts counted that no channel confirmed', missing(counted, confirmedPosts)),
    ...describe('posts sent and not counted', missing(sent, counted)),
    ...describe('posts counted and not sent', missing(counted, new Set(sent))),
    ...describe('posts confirmed, neither counted nor exposed as unknown', silent),
  ]
}

function compareIntegers({ books, exposed }: Evidence): readonly string[] {
  const rows = new Map<string, number>()
  for (const { series } of books.facts) rows.set(series, (rows.get(series) ?? 0) + 1)
  const names = new Set([...rows.keys(), ...books.totals.keys(), ...exposed.keys()])
  return [...names].flatMap((name) => {
    const integers = [rows, books.totals, books.hourly, exposed].map((one) => one.get(name) ?? 0)
    if (new Set(integers).size === 1) return []
    const [facts, totals, hourly, page] = integers
    return `${name}: ${facts} facts, ${totals} in totals, ${hourly} in hours, ${page} exposed`
  })
}

interface Known {
  has(id: string): boolean
}

function missing(wanted: Iterable<string>, known: Known): readonly string[] {
  return [...wanted].filter((id) => !known.has(id))
}

/** One line on so many ids, with examples; nothing of none. */
export function describe(what: string, ids: readonly string[]): readonly string[] {
  return ids.length === 0
    ? []
    : [
        `${ids.length} ${what}: ${ids.slice(0, examplesMax).join(', ')}${ids.length > examplesMax ? ', …' : ''}`,
      ]
}
