/**
 * How long a `Retry-After` header asks to wait (ms): seconds, or an HTTP date, which is compared with the
 * response's `Date`, or with `now` if there is none. Null if the header is missing or malformed.
 */
export function readRetryAfter(headers: Headers, now: number): number | null {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000)
  if (!/[a-z]/i.test(value)) return null
  const instant = Date.parse(value)
  if (Number.isNaN(instant)) return null
  const answeredAt = Date.parse(headers.get('date') ?? '')
  return Math.max(0, instant - (Number.isNaN(answeredAt) ? now : answeredAt))
}

const unsaidMs = 5_000

/** The wait for a channel that rejects temporarily without naming a time. */
export function cooldownOf(waitMs: number | null | undefined): { readonly cooldownMs: number } {
  return {
    cooldownMs: waitMs ?? unsaidMs,
  }
}
