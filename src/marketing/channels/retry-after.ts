/**
 * How long a `Retry-After` header asks to wait (ms): seconds, or an HTTP date, which is held against
 * the answer's own `Date` where it has one and against `now` otherwise. Null when there is none or it
 * cannot be read.
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

/** A channel that refuses for now and does not say how long it wants to be left alone. */
export function cooldownOf(waitMs: number | null | undefined): { readonly cooldownMs: number } {
  return {
    cooldownMs: waitMs ?? unsaidMs,
  }
}
