import { expect, it } from 'vitest'
import { z } from 'zod'
import { createStripeClient } from '../../../src/stripe/client/client.ts'
import { startAppWithStripe } from '../../support/start-test-app.ts'

it('a post shows the price of its plan although another plan no longer has one at Stripe', async () => {
  const app = await startAppWithStripe({ environment: { CHANNEL_NEWS: 'console:' } })
  const stripe = createStripeClient({ secretKey: 'sk_test_x', apiBase: app.emulator.url })
  const { data } = await stripe.prices.list({ lookup_keys: ['enterprise'] })
  await stripe.prices.update(data[0]?.id ?? '', { active: false })
  const postNow = async (message: string) => {
    const campaign = { name: 'Launch', messages: [message], cron: '0 0 1 1 *', channel: 'news' }
    const answer = await app.call('POST', '/v1/campaigns', campaign)
    const { id } = z.object({ id: z.string() }).parse(await answer.json())
    return (await app.call('POST', `/v1/campaigns/${id}/posts`)).json()
  }
  expect(await postNow('{price:starter}')).toMatchObject({ state: 'sent', text: '$19.00' })
  expect(await postNow('{price:enterprise}')).toMatchObject({
    state: 'due',
    reason: expect.stringContaining('the plan enterprise has no price'),
  })
})
