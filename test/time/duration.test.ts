import { expect, it } from 'vitest'
import { type DurationUnit, parseDurationMs } from '../../src/time/duration.ts'

const all: readonly DurationUnit[] = ['ms', 's', 'm', 'h', 'd']

it.each([
  ['500ms', 500],
  ['0s', 0],
  ['90s', 90_000],
  ['2m', 120_000],
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
])('%s is %d milliseconds', (text, wanted) => {
  expect(parseDurationMs(text, all)).toBe(wanted)
})

it.each(['', '10', 's', '1.5s', '-1s', ' 1s', '1 s', '1s\n', '1S', '1w', '1234567s', '1toString'])(
  'the text %j is not a duration',
  (text) => {
    expect(parseDurationMs(text, all)).toBeUndefined()
  },
)

it('a unit that is not offered is refused', () => {
  expect(parseDurationMs('1h', ['ms', 's', 'm'])).toBeUndefined()
  expect(parseDurationMs('1ms', ['s', 'm', 'h', 'd'])).toBeUndefined()
})
