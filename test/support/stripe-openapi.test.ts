import { expect, test } from 'vitest'
import { problemsOfRequest } from './stripe-openapi.ts'

const create = { method: 'POST', path: '/v1/checkout/sessions' }

test('a request as Stripe describes it has no problems', () => {
  const form =
    'mode=payment&line_items[0][price]=price_1&line_items[0][quantity]=1&metadata[a]=b&locale=de'
  expect(problemsOfRequest({ ...create, form })).toEqual([])
  const list = {
    method: 'GET',
    path: '/v1/charges',
    form: 'limit=100&created[gte]=1&expand[0]=data.payment_intent',
  }
  expect(problemsOfRequest(list)).toEqual([])
  expect(problemsOfRequest({ method: 'GET', path: '/v1/charges/ch_1', form: '' })).toEqual([])
})

test.each([
  ['an unknown parameter', { ...create, form: 'colour=red' }, /\[colour\]: unknown parameter/],
  ['an unknown nested one', { ...create, form: 'automatic_tax[on]=true' }, /automatic_tax\]\[/],
  ['a word that is none of its words', { ...create, form: 'mode=gift' }, /"gift" is none of/],
  [
    'a text where a number is expected',
    { method: 'GET', path: '/v1/charges', form: 'limit=ten' },
    /"ten" is no integer/,
  ],
  ['a text where a list is expected', { ...create, form: 'line_items=x' }, /a list is expected/],
  ['an unknown call', { method: 'DELETE', path: '/v1/charges/ch_1', form: '' }, /not described/],
])('%s is a problem', (_, request, problem) => {
  expect(problemsOfRequest(request).join()).toMatch(problem)
})
