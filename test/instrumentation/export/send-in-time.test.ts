import { Agent, request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { sendInTime } from '../../../instrumentation/export/send-in-time.ts'
import { startReceiver } from '../../support/receiver.ts'

const body = 'x'.repeat(1_000)

async function openReceiver() {
  const bodies: string[] = []
  const { url } = await startReceiver((_, response, received) => {
    bodies.push(String(received))
    response.end()
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const post = (pieces: readonly string[] = [body]) =>
    new Promise<string>((resolve) => {
      const asked = request(url, { agent, method: 'POST' }, (response) => {
        response.resume()
        response.on('end', () => resolve('answered'))
      })
      asked.on('error', (error) => resolve(error.message))
      for (const piece of pieces.slice(0, -1)) asked.write(piece)
      asked.end(pieces.at(-1))
    })
  return { bodies, post }
}

test('what is sent in time arrives whole, over one connection', async () => {
  const { bodies, post } = await openReceiver()
  const once = () => post()
  const answers = [await sendInTime(() => false, once), await sendInTime(() => false, once)]
  expect([...answers, await post()]).toEqual(['answered', 'answered', 'answered'])
  expect(bodies).toEqual([body, body, body])
})

test('what is written in pieces arrives whole, and none of it is left out', async () => {
  const { bodies, post } = await openReceiver()
  const pieces = ['first ', 'é, second ', 'third']
  expect(
    await sendInTime(
      () => false,
      () => post(pieces),
    ),
  ).toBe('answered')
  expect(bodies).toEqual([pieces.join('')])
})

test('what is written in pieces and held up never arrives whole', async () => {
  const { bodies, post } = await openReceiver()
  expect(
    await sendInTime(
      () => true,
      () => post(['first ', 'second']),
    ),
  ).toMatch(/held up|hang up|reset/)
  expect(bodies).toEqual([])
})

test('the connection is free of the rule once the request is over', async () => {
  const { bodies, post } = await openReceiver()
  let isOver = false
  expect(
    await sendInTime(
      () => isOver,
      () => post(),
    ),
  ).toBe('answered')
  isOver = true
  expect(await post()).toBe('answered')
  expect(await post(['in ', 'pieces'])).toBe('answered')
  expect(bodies).toEqual([body, body, 'in pieces'])
})

test.each([
  ['before its first byte', 0],
  ['while it was being written', 1],
])('what is held up %s never arrives whole', async (_, timelyLooks) => {
  const { bodies, post } = await openReceiver()
  let looks = 0
  const isLate = () => {
    looks += 1
    return looks > timelyLooks
  }
  expect(await sendInTime(isLate, () => post())).toMatch(/held up|hang up|reset/)
  expect(await post()).toBe('answered')
  expect(bodies).toEqual([body])
})
