import type { FactRow } from '../../database/schema.ts'

/** A counter and one value of its attribute. */
export interface Series {
  readonly counter: string
  readonly label: string
}

/** A position in the order of all facts. */
export type Position = Pick<FactRow, 'counter' | 'label' | 'recorded_at' | 'key'>

export interface MergeOptions {
  /** In the order of `byName`. */
  readonly series: readonly Series[]
  /** Only facts after this position are returned. */
  readonly position: Position | undefined
  readonly recordedBefore: number | undefined
  /** The next rows of one series, newest first; none at its end. */
  readonly readRows: (
    series: Series,
    after: Position | undefined,
    recordedBefore: number | undefined,
  ) => Promise<readonly FactRow[]>
}

interface Stream {
  /** The last rows read, newest first. */
  rows: readonly FactRow[]
  next: number
  readonly readMore: (after: FactRow) => Promise<readonly FactRow[]>
}

/** Orders series by counter, then label. */
export function byName(one: Series, other: Series): number {
  return compare(one.counter, other.counter) || compare(one.label, other.label)
}

/**
 * Merges the facts of several series into one stream, newest recorded first; within an instant by series,
 * and within a series in the database's key order, so that keys are never compared here.
 */
export async function* mergeNewest(options: MergeOptions): AsyncGenerator<FactRow, void> {
  const streams: Stream[] = []
  for (const series of options.series) streams.push(await openStream(series, options))
  for (;;) {
    const newest = newestOf(streams)
    if (newest === undefined) return
    const { stream, head } = newest
    yield head
    stream.next += 1
    if (stream.next < stream.rows.length) continue
    stream.rows = await stream.readMore(head)
    stream.next = 0
  }
}

async function openStream(
  series: Series,
  { position, recordedBefore, readRows }: MergeOptions,
): Promise<Stream> {
  const readMore = (after: FactRow) => readRows(series, after, undefined)
  if (position === undefined || byName(series, position) === 0)
    return { rows: await readRows(series, position, recordedBefore), next: 0, readMore }
  const isListedFirst = byName(series, position) < 0
  const before = isListedFirst ? position.recorded_at : position.recorded_at + 1
  const bound = Math.min(before, recordedBefore ?? Number.MAX_SAFE_INTEGER)
  return { rows: await readRows(series, undefined, bound), next: 0, readMore }
}

/** The most recently recorded head and its stream; of the first of them if several tie. */
function newestOf(streams: readonly Stream[]) {
  let newest: { readonly stream: Stream; readonly head: FactRow } | undefined
  for (const stream of streams) {
    const head = stream.rows[stream.next]
    if (head === undefined) continue
    if (newest === undefined || head.recorded_at > newest.head.recorded_at)
      newest = { stream, head }
  }
  return newest
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1
}
