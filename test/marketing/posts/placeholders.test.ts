import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { formatPrice } from '../../../src/marketing/posts/format-price.ts'
import { readText } from '../../../src/marketing/posts/placeholders.ts'
import type { ReadPrice } from '../../../src/marketing/posts/render.ts'
import { minuteMs, openHouse } from '../../support/marketing.ts'
import { openNews, theOnlyPost } from '../../support/news-campaign.ts'

function priceAt(unitAmountMinor: number | null, currency = 'eur') {
  return {
    price: { unitAmountMinor, currency },
  }
}

async function textOf(message: string, readPrice?: ReadPrice, changes: object = {}) {
  const house = await openHouse(readPrice === undefined ? {} : { readPrice })
  await house.create({ messages: [message], ...changes })
  await house.pass(minuteMs)
  return (await theOnlyPost(house)).text
}

describe('a message', () => {
  it('shows the day of its slot in the time zone of its campaign', async () => {
    expect(await textOf('Only on {date}!')).toBe('Only on 2026-01-05!')
    const house = await openHouse({ startAt: Date.UTC(2026, 0, 5, 22, 59, 30) })
    await house.create({ messages: ['{date}'], time_zone: 'Europe/Berlin' })
    await house.pass(minuteMs)
    expect((await theOnlyPost(house)).text).toBe('2026-01-06')
  })

  it('shows prices as they are when it is posted', async () => {
    const text = '{price:starter} on {date}, {{not}} {{date}}'
    expect(await textOf(text, async () => priceAt(2900))).toBe('€29.00 on 2026-01-05, {not} {date}')
  })

  it('needs no price but those that it names', async () => {
    const asked: string[] = []
    const text = await textOf('{price:starter}, {price:starter}', async (plan) => {
      asked.push(plan)
      return priceAt(2900)
    })
    expect([text, asked]).toEqual(['€29.00, €29.00', ['starter']])
  })

  it('says the same at every attempt, whatever prices do meanwhile', async () => {
    let amount = 2900
    const { house, receiver } = await openNews({ readPrice: async () => priceAt(amount) })
    const { body } = await house.request('GET', '/v1/campaigns')
    const url = `/v1/campaigns/${body.data[0]?.id}`
    await house.request('PATCH', url, { messages: ['{price:starter}'] })
    receiver.willDo({ end: 'answers', status: 500 })
    await house.pass(minuteMs)
    amount = 9900
    await house.pass(minuteMs)
    expect(receiver.requests).toHaveLength(2)
    expect(new Set(receiver.requests.map((request) => request.body)).size).toBe(1)
  })

  it.each([
    ['{price:gold}', '"{price:gold}" is no placeholder: use {date}, {price:starter}'],
    ['{name}', '"{name}" is no placeholder'],
    ['{DATE}', '"{DATE}" is no placeholder'],
    ['{}', '"{}" is no placeholder'],
    ['a { b', '"{" is no placeholder'],
    ['a } b', '"}" is no placeholder'],
  ])('%s is refused', async (message, detail) => {
    const house = await openHouse()
    const { status, body } = await house.request('POST', '/v1/campaigns', {
      name: 'x',
      messages: [message],
      cron: '* * * * *',
      channel: 'console',
    })
    expect(status).toBe(400)
    expect(body.detail).toContain(`messages.0: ${detail}`)
    expect(body.detail).toContain('{price:professional}')
  })
})

describe('a text', () => {
  it('is read as its words and placeholders, without empty words', () => {
    expect(readText('{date}')).toEqual([{ kind: 'date' }])
    expect(readText('a{{{price:any plan}')).toEqual([
      { kind: 'words', words: 'a' },
      { kind: 'words', words: '{' },
      { kind: 'price', plan: 'any plan' },
    ])
  })

  it.each(['{name}', '{the price:starter}', '{price:starter\n}', '{price:}'])(
    'with %j is refused with the placeholders that there are',
    (text) => {
      expect(() => readText(text)).toThrow(
        `"${text}" is no placeholder: use {date}, {price:<plan>}, or {{ and }} for braces`,
      )
    },
  )
})

describe('a price that is not available', () => {
  it('puts the post off, and it is never sent without', async () => {
    let isAway = true
    const house = await openHouse({
      readPrice: async () => {
        if (isAway) throw new AppError('stripe_unavailable', 'Stripe cannot be reached')
        return priceAt(500)
      },
    })
    await house.create({ messages: ['{price:starter}'], cron: '0 * * * *' })
    await house.pass(minuteMs)
    expect(await theOnlyPost(house)).toMatchObject({
      state: 'due',
      reason: 'Stripe cannot be reached',
      text: null,
    })
    expect(house.printed).toEqual([])
    isAway = false
    await house.pass(minuteMs)
    expect(await theOnlyPost(house)).toMatchObject({ state: 'sent', text: '€5.00' })
  })

  it.each([
    [
      'of a plan no longer for sale',
      async () => Promise.reject(new AppError('plan_unavailable', 'it has no price')),
    ],
    ['of tiers', async () => priceAt(null)],
    ['that breaks', async () => Promise.reject(new Error('canary'))],
  ])('%s ends as failed, with the reason', async (_, readPrice) => {
    const house = await openHouse({ readPrice })
    await house.create({ messages: ['{price:starter}'], cron: '0 0 5 1 *' })
    const { body } = await house.request('GET', '/v1/campaigns')
    await house.request('POST', `/v1/campaigns/${body.data[0]?.id}/posts`)
    for (let attempt = 0; attempt < 9; attempt += 1) await house.pass(5 * minuteMs)
    const post = await theOnlyPost(house)
    expect(post).toMatchObject({ state: 'failed', reason: expect.stringContaining('price') })
    expect(post.reason).not.toContain('canary')
    expect(house.printed).toEqual([])
  })
})

describe('a text that grows too long', () => {
  it('by its price fails with the reason', async () => {
    const message = `${'x'.repeat(4_090)}{price:starter}`
    const house = await openHouse({ readPrice: async () => priceAt(123_456_789) })
    await house.create({ messages: [message], cron: '0 * * * *' })
    await house.pass(minuteMs)
    expect(await theOnlyPost(house)).toMatchObject({
      state: 'failed',
      reason: 'the text came to 4103 characters, the channel takes at most 4096',
    })
  })
})

describe('a price', () => {
  it.each([
    [2900, 'usd', '$29.00'],
    [500, 'jpy', '¥500'],
    [1500, 'kwd', 'KWD 1.500'],
    [1000, 'isk', 'ISK 10.00'],
    [0, 'eur', '€0.00'],
  ])('of %i %s is written %s', (unitAmountMinor, currency, text) => {
    expect(formatPrice({ unitAmountMinor, currency })?.replaceAll('\u00a0', ' ')).toBe(text)
  })
})
