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
    const row = newest && headOf(newest)
    if (newest === undefined || row === undefined) return
    yield row
    newest.next += 1
    if (newest.next < newest.rows.length) continue
    newest.rows = await newest.readMore(row)
    newest.next = 0
  }
}

async function openStream(
  series: Series,
  { position, recordedBefore, readRows }: MergeOptions,
): Promise<Stream> {
  const readMore = (after: FactRow) => readRows(series, after, undefined)
  const order = position === undefined ? 0 : byName(series, position)
  const rows =
    position === undefined
      ? await readRows(series, undefined, recordedBefore)
      : order === 0
        ? await readRows(series, position, recordedBefore)
        : await readRows(
            series,
            undefined,
            Math.min(
              order < 0 ? position.recorded_at : position.recorded_at + 1,
              recordedBefore ?? Number.MAX_SAFE_INTEGER,
            ),
          )
  return { rows, next: 0, readMore }
}

/** The stream with the most recently recorded head; the first of them if several tie. */
function newestOf(streams: readonly Stream[]): Stream | undefined {
  let newest: Stream | undefined
  let recordedAtMax = Number.NEGATIVE_INFINITY
  for (const stream of streams) {
    const head = headOf(stream)
    if (head === undefined || head.recorded_at <= recordedAtMax) continue
    newest = stream
    recordedAtMax = head.recorded_at
  }
  return newest
}

function headOf(stream: Stream): FactRow | undefined {
  return stream.rows[stream.next]
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1
}
