/**
 * Shares a reading between all who ask within `ageMs` of its beginning, or while it is under way. A failed one is
 * not kept.
 */
export function share<Result>(read: () => Promise<Result>, ageMs: number): () => Promise<Result> {
  let shared: { readonly beganAt: number; readonly result: Promise<Result> } | undefined
  let isUnderWay = false
  return () => {
    if (shared !== undefined && (isUnderWay || performance.now() - shared.beganAt < ageMs))
      return shared.result
    isUnderWay = true
    const result = read().finally(() => {
      isUnderWay = false
    })
    const own = { beganAt: performance.now(), result }
    shared = own
    result.catch(() => {
      if (shared === own) shared = undefined
    })
    return result
  }
}
