import Stripe from 'stripe'
import { expect, it } from 'vitest'
import { boundAnswers } from '../../../src/stripe/client/bounded-answers.ts'
import { startHangingReceiver } from '../../support/hanging-receiver.ts'

it('an answer that trickles in and never ends is given up', async () => {
  const { url, waiting } = await startHangingReceiver('trickling')
  const { hostname, port } = new URL(url)
  const client = boundAnswers(Stripe.createNodeHttpClient(), 1_500)
  const response = await client.makeRequest(
    hostname,
    port,
    '/v1/account',
    'GET',
    {},
    '',
    'http',
    60_000,
  )
  expect(await response.toJSON()).toMatchObject({
    error: { message: 'the response did not end within 1.5 s' },
  })
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
})
