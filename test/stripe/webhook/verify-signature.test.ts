import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifySignature } from '../../../src/stripe/webhook/verify-signature.ts'

const secret = 'whsec_test'
const signedAtSeconds = 1_767_225_600
const signedAt = signedAtSeconds * 1000
const body = Buffer.from('{}')
const signature = sign(body)
const wrong = '0'.repeat(64)

function sign(text: Buffer | string, time: number | string = signedAtSeconds): string {
  return createHmac('sha256', secret).update(`${time}.`).update(text).digest('hex')
}

function verify(header: string | undefined, sent = body, now = signedAt): number {
  return verifySignature(sent, header, [secret], now)
}

function verifyAt(ageSeconds: number, sent = signature): number {
  return verify(`t=${signedAtSeconds},v1=${sent}`, body, (signedAtSeconds + ageSeconds) * 1000)
}

test.each([-300, 0, 300, 300.999])('a signature of %d s is accepted', (ageSeconds) => {
  expect(verifyAt(ageSeconds)).toBe(signedAt)
})

test.each([
  [-301, '301 s ahead and 300 s are allowed'],
  [301, '301 s old and 300 s are allowed'],
])('a signature of %d s is refused and says how far it is off', (ageSeconds, why) => {
  const refused = { code: 'invalid_signature', reason: 'signature_time' }
  const message = expect.stringContaining(why)
  expect(() => verifyAt(ageSeconds)).toThrow(expect.objectContaining({ ...refused, message }))
})

test.each([2, 32, 62, 63])('a signature whose first %d digits are right is refused', (right) => {
  const digit = signature.at(right) === '0' ? '1' : '0'
  const sent = `${signature.slice(0, right)}${digit}${signature.slice(right + 1)}`
  expect(() => verifyAt(0, sent)).toThrow(expect.objectContaining({ reason: 'wrong_secret' }))
})

test('a header with a second time is refused, whichever of them is signed', () => {
  for (const times of [`t=${signedAtSeconds},t=1`, `t=1,t=${signedAtSeconds}`])
    expect(() => verify(`${times},v1=${signature}`)).toThrow('more than one t=')
})

test('each of several secrets may have signed', () => {
  const header = `t=${signedAtSeconds},v1=${signature}`
  for (const secrets of [
    [secret, 'whsec_next'],
    ['whsec_next', secret],
  ])
    expect(verifySignature(body, header, secrets, signedAt)).toBe(signedAt)
})

test('one right signature of up to sixteen is enough, and seventeen are refused', () => {
  const others = (count: number) => `,v1=${wrong}`.repeat(count)
  const right = `,v1=${signature}`
  for (const signatures of [others(15) + right, right + others(15)])
    expect(verify(`t=${signedAtSeconds}${signatures}`)).toBe(signedAt)
  expect(() => verify(`t=${signedAtSeconds}${others(16)}${right}`)).toThrow('not of the form')
})

test('schemes that are unknown and v1 of another form are passed over', () => {
  for (const other of ['v0=1', 'v2', 'v1=abc', ''])
    expect(verify(`t=${signedAtSeconds},${other},v1=${signature}`)).toBe(signedAt)
})

test.each([
  ['no time', `v1=${signature}`],
  ['a time without its sign', `t,v1=${signature}`],
  ['a time that is no decimal', `t=1e9,v1=${sign(body, '1e9')}`],
  ['a time with a leading zero', `t=0${signedAtSeconds},v1=${sign(body, `0${signedAtSeconds}`)}`],
  ['no v1', `t=${signedAtSeconds},v0=${signature}`],
  ['half a v1', `t=${signedAtSeconds},v1=${signature.slice(0, 32)}`],
  ['a v1 without a sign', `t=${signedAtSeconds},v1,v1=${signature}`],
  ['a v1 without a value', `t=${signedAtSeconds},v1=${signature},v1=`],
  ['a v1 that begins with a sign', `t=${signedAtSeconds},v1==a,v1=${signature}`],
  ['what is no ASCII at its end', `t=${signedAtSeconds},v1=${signature},v0=é`],
  ['what is no ASCII at its begin', `é=1,t=${signedAtSeconds},v1=${signature}`],
])('a header with %s is malformed', (_, header) => {
  expect(() => verify(header)).toThrow(expect.objectContaining({ reason: 'signature_malformed' }))
})

test('a missing header and an empty body are told apart, whatever else is wrong', () => {
  const empty = Buffer.from('')
  const missing = expect.objectContaining({ reason: 'signature_missing' })
  expect(() => verify(undefined, empty)).toThrow(missing)
  const header = `t=1,v1=${sign(empty)}`
  expect(() => verify(header, empty)).toThrow('the body is empty')
  expect(() => verify('', empty)).toThrow('the body is empty')
})

test('the raw bytes are signed: others that decode alike are refused', () => {
  const [signed, other] = [[0xef, 0xbf, 0xbd], [0xff]].map((bytes) =>
    Buffer.from([34, ...bytes, 34]),
  )
  const header = `t=${signedAtSeconds},v1=${sign(signed ?? body)}`
  expect(verify(header, signed)).toBe(signedAt)
  expect(() => verify(header, other)).toThrow()
})

test('a body that was only formatted anew is told from a wrong secret', () => {
  const header = `t=${signedAtSeconds},v1=${sign('{"a":1}')}`
  const refused = (reason: string) => expect.objectContaining({ reason })
  expect(() => verify(header, Buffer.from('{ "a": 1 }'))).toThrow(refused('body_changed'))
  expect(() => verify(header, Buffer.from('{ "a": 2 }'))).toThrow(refused('wrong_secret'))
})
