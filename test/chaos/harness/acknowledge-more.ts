import { until } from '../../support/until.ts'
import type { TestBed } from './test-bed.ts'

/** Waits until something more than before was acknowledged, hurrying the emulator's webhooks. */
export async function acknowledgeMore({ acknowledged, stripe }: TestBed): Promise<void> {
  const before = acknowledged.size
  await until(
    'something to be acknowledged',
    async () => {
      await stripe.hurry()
      return acknowledged.size > before
    },
    180_000,
  )
}
