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
