import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withSignal, withTimeout } from '../../src/time/with-timeout.ts'

const forever = new Promise<string>(() => undefined)

describe('work with a timeout', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('returns what the work resolves to, and leaves no timer behind', async () => {
    expect(await withTimeout(Promise.resolve('done'), 1_000)).toBe('done')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects when the work does, and leaves no timer behind', async () => {
    await expect(withTimeout(Promise.reject(new Error('broken')), 1_000)).rejects.toThrow('broken')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('returns undefined once the time is up, and not before', async () => {
    const settled = vi.fn<(value: unknown) => void>()
    void withTimeout(forever, 1_000).then(settled)
    await vi.advanceTimersByTimeAsync(999)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(settled).toHaveBeenCalledExactlyOnceWith(undefined)
  })

  it('ignores work that fails after the time is up', async () => {
    const work = Promise.withResolvers<string>()
    const result = withTimeout(work.promise, 1_000)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await result).toBeUndefined()
    // An unhandled rejection would fail the run.
    work.reject(new Error('too late'))
    await vi.advanceTimersByTimeAsync(1)
  })
})

describe('work with a signal', () => {
  it('returns what the work resolves to, and stops listening', async () => {
    const { signal } = new AbortController()
    expect(await withSignal(Promise.resolve('done'), signal)).toBe('done')
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('rejects with the reason once the signal is aborted', async () => {
    const aborter = new AbortController()
    const result = withSignal(forever, aborter.signal)
    aborter.abort(new Error('stopped'))
    await expect(result).rejects.toThrow('stopped')
    expect(getEventListeners(aborter.signal, 'abort')).toEqual([])
  })

  it('rejects when the signal was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('stopped'))
    await expect(withSignal(forever, signal)).rejects.toThrow('stopped')
  })
})
