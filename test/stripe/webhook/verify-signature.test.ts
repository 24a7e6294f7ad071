import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifySignature } from '../../../src/stripe/webhook/verify-signature.ts'

const secret = 'whsec_test'
const signedAtSeconds = 1_767_225_600
const body = Buffer.from('{}')
const signature = createHmac('sha256', secret).update(`${signedAtSeconds}.{}`).digest('hex')

function verifyAt(ageSeconds: number, sent = signature): number {
  const now = (signedAtSeconds + ageSeconds) * 1000
  return verifySignature(body, `t=${signedAtSeconds},v1=${sent}`, [secret], now)
}

test.each([-300, 0, 300])('a signature of %d s is accepted', (ageSeconds) => {
  expect(verifyAt(ageSeconds)).toBe(signedAtSeconds * 1000)
})

test.each([-301, 301])('a signature of %d s is refused', (ageSeconds) => {
  expect(() => verifyAt(ageSeconds)).toThrow('300 s are allowed')
})

test.each([2, 32, 62, 63])('a signature whose first %d digits are right is refused', (right) => {
  const wrong = signature.at(right) === '0' ? '1' : '0'
  const sent = `${signature.slice(0, right)}${wrong}${signature.slice(right + 1)}`
  expect(() => verifyAt(0, sent)).toThrow()
})

test('a header with a second time is refused, whichever of them is signed', () => {
  const now = signedAtSeconds * 1000
  for (const times of [`t=${signedAtSeconds},t=1`, `t=1,t=${signedAtSeconds}`])
    expect(() => verifySignature(body, `${times},v1=${signature}`, [secret], now)).toThrow(
      'more than one t=',
    )
})

test('each of several secrets may have signed', () => {
  const header = `t=${signedAtSeconds},v1=${signature}`
  for (const secrets of [
    [secret, 'whsec_next'],
    ['whsec_next', secret],
  ])
    expect(verifySignature(body, header, secrets, signedAtSeconds * 1000)).toBeGreaterThan(0)
})
