import { setImmediate as breathe } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { startLastWebhook } from '../../../src/stripe/sync/last-webhook.ts'

async function withWebhooks(
  act: (
    lastWebhook: ReturnType<typeof startLastWebhook>,
    saved: string[],
    ledger: { isDown: boolean },
    pass: (ms: number) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const saved: string[] = []
    const ledger = { isDown: false }
    const lastWebhook = startLastWebhook({
      succeed: async (name, { position, report }) => {
        if (ledger.isDown) throw new Error('the ledger is away')
        expect([position, report]).toEqual([null, null])
        saved.push(name)
      },
    })
    await act(lastWebhook, saved, ledger, async (ms) => {
      vi.advanceTimersByTime(ms)
      await breathe()
    })
    await lastWebhook.stop()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
}

test('many webhooks are saved together, every five seconds, and none is not', () =>
  withWebhooks(async ({ tick }, saved, _, pass) => {
    await pass(5_000)
    expect(saved).toEqual([])
    for (const _tick of [1, 2, 3]) tick()
    await pass(4_999)
    expect(saved).toEqual([])
    await pass(1)
    expect(saved).toEqual(['webhook'])
    await pass(10_000)
    expect(saved).toEqual(['webhook'])
  }))

test('a webhook that could not be saved is saved later, at the latest with the stop', () =>
  withWebhooks(async ({ tick, stop }, saved, ledger, pass) => {
    ledger.isDown = true
    tick()
    await pass(5_000)
    expect(saved).toEqual([])
    ledger.isDown = false
    await pass(5_000)
    expect(saved).toEqual(['webhook'])
    tick()
    await stop()
    expect(saved).toEqual(['webhook', 'webhook'])
    ledger.isDown = true
    tick()
    await stop()
  }))
