import { expect, test } from 'vitest'
import { createClock } from '../../../src/database/clock.ts'
import {
  countRefusedWebhooks,
  noteRefusedWebhooks,
  readRefusedWebhooks,
} from '../../../src/stripe/sync/refused-webhooks.ts'
import { openMemoryDatabase } from '../../support/memory-database.ts'
import { genesis } from '../../support/open-test-ledger.ts'

test('refused webhooks are counted by reason, the latest first', async () => {
  const { queries } = await openMemoryDatabase()
  const note = (reason: 'wrong_secret' | 'not_json' | 'too_large', count: number, at: number) =>
    noteRefusedWebhooks(
      queries,
      createClock('sqlite', () => genesis + at),
      reason,
      count,
    )
  expect(await readRefusedWebhooks(queries)).toEqual([])
  expect(await countRefusedWebhooks(queries)).toBe(0)
  await note('too_large', 1, 5)
  await note('wrong_secret', 2, 1)
  await note('not_json', 4, 3)
  await note('wrong_secret', 8, 9)
  expect(await readRefusedWebhooks(queries)).toEqual([
    { reason: 'wrong_secret', count: 10, lastAt: genesis + 9 },
    { reason: 'too_large', count: 1, lastAt: genesis + 5 },
    { reason: 'not_json', count: 4, lastAt: genesis + 3 },
  ])
  expect(await countRefusedWebhooks(queries)).toBe(15)
})
