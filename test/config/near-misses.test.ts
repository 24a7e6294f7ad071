import { expect, test } from 'vitest'
import { resolveConfig } from '../../src/config/config.ts'

test.each([
  ['STRIPE_SECRETKEY', 'STRIPE_SECRET_KEY'],
  ['STRIPE_WEBHOK_SECRET', 'STRIPE_WEBHOOK_SECRET'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['APIKEYS', 'API_KEYS'],
  ['api_keys', 'API_KEYS'],
  ['SHUTDOWN_TIME_OUT', 'SHUTDOWN_TIMEOUT'],
])('%s is pointed out, without its value', (name, meant) => {
  const { warnings } = resolveConfig({ [name]: 'canary' })
  expect(warnings).toContain(`${name} is no setting: did you mean ${meant}?`)
  expect(warnings.join()).not.toContain('canary')
})

test('a variable with the prefix of our settings that is none of them is pointed out', () => {
  expect(resolveConfig({ STRIPE_API_KEY: 'canary' }).warnings).toEqual([
    'STRIPE_API_KEY is no setting of this service and has no effect',
  ])
})

test.each(['PATH', 'HOSTNAME', 'POST', 'PLAN', 'HOME', 'DATABASE', 'LOG', 'PGDATABASE', 'TERM'])(
  '%s is not taken for a setting',
  (name) => {
    expect(resolveConfig({ [name]: 'x' }).warnings).toEqual([])
  },
)
