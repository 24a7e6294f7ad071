import { expect, test } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../src/errors.ts'
import { headOf, listOf, reasonOf } from '../../../src/stripe/facts/explain-unreadable.ts'
import { Unreadable } from '../../../src/stripe/facts/unreadable.ts'

test('a reason has the paths that are wrong, neither their values nor the names that customers chose', () => {
  const text = z.string()
  const schema = z.object({ a: z.object({ b: text }), metadata: z.record(text, text), c: text })
  const read = schema.safeParse({ a: { b: 7 }, metadata: { 'jenny@example.com': 8 } })
  expect(reasonOf(read.error)).toBe('a.b: invalid_type; metadata: invalid_type; c: invalid_type')
  const nested = z.object({ x: z.object({ metadata: z.record(text, text) }) })
  expect(reasonOf(nested.safeParse({ x: { metadata: { secret: 1 } } }).error)).toBe(
    'x.metadata: invalid_type',
  )
  const many = z.array(text).safeParse(Array(100).fill(1))
  expect(reasonOf(many.error)).toHaveLength(500)
})

function unrecordable(cause: unknown): AppError {
  return new AppError('unrecordable', 'it cannot be stored', { cause })
}

test.each([
  [new Unreadable('charge: there is none'), 'charge: there is none'],
  [
    unrecordable(Object.assign(new Error('x'), { errcode: 19, code: 'ERR' })),
    'the database cannot store it (SQLite 19)',
  ],
  [
    unrecordable(Object.assign(new Error('x'), { code: '22021' })),
    'the database cannot store it (SQLSTATE 22021)',
  ],
  [unrecordable(new TypeError('x')), 'the database cannot store it (TypeError)'],
  [unrecordable({ code: 'x' }), 'the database cannot store it (unknown)'],
  [new AppError('not_committed', 'send it again'), undefined],
  [new TypeError('a fault'), undefined],
  [undefined, undefined],
])('the reason of %s is %j', (cause, reason) => {
  expect(reasonOf(cause)).toBe(reason)
})

test.each([
  [
    { id: 'evt_1-a', type: 'charge.refunded' },
    { id: 'evt_1-a', type: 'charge.refunded' },
  ],
  [{ id: 'evt 1', type: 'charge refunded' }, {}],
  [{ id: ' evt', type: 'charge ' }, {}],
  [{ id: 'evt ', type: ' charge' }, {}],
  [{ id: 7, type: null }, {}],
  [{ id: 'evt_1' }, { id: 'evt_1' }],
  [{ type: 'charge' }, { type: 'charge' }],
  [{ id: '', type: 'x'.repeat(201) }, {}],
  ['evt_1', {}],
  [null, {}],
  [undefined, {}],
])('the head of %j is %j', (body, head) => {
  expect(headOf(body)).toEqual(head)
})

test.each([
  ['re_1', 'refunds'],
  ['pyr_1', 'refunds'],
  ['ch_1', 'charges'],
  ['py_1', 'charges'],
  ['cs_test_1', 'checkout_sessions'],
  ['pi_1', 'unknown'],
  ['ch', 'unknown'],
])('%s is in the list %s', (id, list) => {
  expect(listOf(id)).toBe(list)
})
