import { expect, test } from 'vitest'
import { createPacing } from '../../../src/stripe/client/pacing.ts'

test('however fast Stripe responds, it receives ten requests a second after a burst of twenty', async () => {
  let nowMs = 0
  const pause = async (waitMs: number) => {
    nowMs += waitMs
  }
  const { turn } = createPacing(new AbortController().signal, () => nowMs, pause)
  const askedAt: number[] = []
  for (let call = 0; call < 620; call += 1) {
    await turn()
    askedAt.push(nowMs)
  }
  expect(askedAt.filter((at) => at === 0)).toHaveLength(20)
  expect(nowMs).toBeCloseTo(60_000)
})

test('two jobs share the calls', async () => {
  let nowMs = 0
  const waits: number[] = []
  const pause = async (waitMs: number) => void waits.push(waitMs)
  const { turn } = createPacing(new AbortController().signal, () => nowMs, pause)
  await Promise.all(Array.from({ length: 24 }, turn))
  expect(waits).toEqual([100, 200, 300, 400])
  nowMs += 60_000
  await turn()
  expect(waits).toHaveLength(4)
})
