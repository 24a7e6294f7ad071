import { expect, test } from 'vitest'
import { openEmulator } from '../support/open-emulator.ts'

test.each([
  ['an unknown path', `/v1/${'p'.repeat(3_000)}`],
  ['an unknown id', `/v1/payment_intents/pi_${'p'.repeat(3_000)}`],
  ['an unknown parameter', `/v1/events?${'p'.repeat(3_000)}=1`],
])('the emulator repeats no more than 200 characters of %s', async (_, path) => {
  const { emulator } = await openEmulator()
  const headers = { authorization: `Bearer ${emulator.secretKey}` }
  const answer = await fetch(`${emulator.url}${path}`, { headers })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(await answer.text()).not.toMatch(/p{201}/)
})
