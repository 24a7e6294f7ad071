/**
 * Returns what `work` resolves to, or undefined once `timeoutMs` have passed; rejects when `work` rejects
 * before that. The work is not cancelled: what becomes of it after the timeout is ignored.
 */
export function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  return unlessFirst<T, undefined>(work, ({ resolve }) => {
    const timer = setTimeout(resolve, timeoutMs, undefined)
    return () => clearTimeout(timer)
  })
}

/**
 * Returns what `work` resolves to; rejects when `work` rejects, and with the signal's reason once it is
 * aborted. The work is not cancelled: what becomes of it after the abort is ignored.
 */
export function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return unlessFirst<T, never>(work, ({ reject }) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    return () => signal.removeEventListener('abort', onAbort)
  })
}

/** Settles as `work` does, or as the end that `watch` waits for, whichever comes first. */
async function unlessFirst<T, U>(
  work: Promise<T>,
  watch: (end: PromiseWithResolvers<U>) => () => void,
): Promise<T | U> {
  const end = Promise.withResolvers<U>()
  const unwatch = watch(end)
  try {
    return await Promise.race([work, end.promise])
  } finally {
    unwatch()
  }
}
