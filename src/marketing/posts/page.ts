/** Part of a list, newest first. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly hasMore: boolean
}

export interface PageRequest {
  readonly limit: number
  /** The id of the last one already seen. */
  readonly startingAfter: string | undefined
}

/** Makes a page of rows that were asked for with one more than the limit. */
export function toPage<Row>(rows: readonly Row[], limit: number): Page<Row> {
  return {
    rows: rows.slice(0, limit),
    hasMore: rows.length > limit,
  }
}
