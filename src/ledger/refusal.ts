/** SQLite's primary result codes for "this statement can never succeed": error, too big, constraint, mismatch, range. */
const refusals: ReadonlySet<number> = new Set([1, 18, 19, 20, 25])

/** Whether the database refused a statement for what it says, rather than failing to carry it out. */
export const isRefusal = (cause: unknown): boolean =>
  cause instanceof Error &&
  'errcode' in cause &&
  typeof cause.errcode === 'number' &&
  refusals.has(cause.errcode & 0xff)
