import { describe, expect, it } from 'vitest'
import { type PlanSetting, parsePlans } from '../../src/config/plans.ts'
import { openEmulator } from '../support/open-emulator.ts'
import { startTestApp } from '../support/start-test-app.ts'

function plansOf(text: string): readonly PlanSetting[] {
  const parsed = parsePlans(text)
  if ('problems' in parsed) throw new Error(parsed.problems.join())
  return parsed.plans
}

describe('what is for sale', () => {
  it('are exactly the prices of the plans, by lookup key and by id', async () => {
    const { stripe, ask, restart } = await openEmulator({
      plans: plansOf('gold,silver=price_silver|silver_yearly'),
    })
    const { data } = await stripe.prices.list({ limit: 100 })
    expect(
      data.map(({ id, lookup_key, recurring }) => [lookup_key ?? id, recurring?.interval]).sort(),
    ).toEqual([
      ['gold', 'month'],
      ['price_silver', 'month'],
      ['silver_yearly', 'year'],
    ])
    const page = await ask('/')
    for (const shown of ['Start checkout for Gold', 'Start checkout for Silver, year'])
      expect(page.text).toContain(shown)
    expect(page.text).not.toContain('Starter')
    expect(page.text).not.toContain(':starter')
    const again = await restart({ plans: plansOf('gold,bronze') })
    expect((await again.stripe.prices.list({ limit: 100 })).data).toHaveLength(4)
    expect((await again.ask('/')).text).not.toContain('Silver')
  })

  it('can be bought from the shop of a service with plans of its own', async () => {
    const app = await startTestApp({ environment: { PLANS: 'gold,silver=silver_a|silver_yearly' } })
    for (const form of [
      { plan: 'gold', price: '' },
      { plan: 'silver', price: 'silver_yearly' },
    ]) {
      const answer = await fetch(`${app.shopUrl}/shop/checkout`, {
        method: 'POST',
        body: new URLSearchParams(form),
        redirect: 'manual',
      })
      expect(answer.status).toBe(303)
    }
    expect(await (await app.call('GET', '/v1/plans')).json()).toMatchObject({
      data: [
        { plan: 'gold', reason: null, unit_amount_minor: 1900 },
        { plan: 'silver', prices: [{ lookup_key: 'silver_a' }, { unit_amount_minor: 29_000 }] },
      ],
    })
    expect((await app.counters()).get('billing_checkout_started_total{plan="silver"}')).toBe(1)
  })
})
