/**
 * The first instant (ms) that a `Retry-After` header allows: seconds from `now`, or an HTTP date.
 * Null when there is none or it cannot be read.
 */
export const readRetryAfter = (header: string | null, now: number): number | null => {
  const value = header?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(value)) return now + Math.ceil(Number(value) * 1000)
  if (!/[a-z]/i.test(value)) return null
  const instant = Date.parse(value)
  return Number.isNaN(instant) ? null : Math.max(instant, now)
}
