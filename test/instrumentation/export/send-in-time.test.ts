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
  const post = () =>
    new Promise<string>((resolve) => {
      const asked = request(url, { agent, method: 'POST' }, (response) => {
        response.resume()
        response.on('end', () => resolve('answered'))
      })
      asked.on('error', (error) => resolve(error.message))
      asked.end(body)
    })
  return { bodies, post }
}

test('what is sent in time arrives whole, over one connection', async () => {
  const { bodies, post } = await openReceiver()
  const answers = [await sendInTime(() => false, post), await sendInTime(() => false, post)]
  expect([...answers, await post()]).toEqual(['answered', 'answered', 'answered'])
  expect(bodies).toEqual([body, body, body])
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
  expect(await sendInTime(isLate, post)).toMatch(/held up|hang up|reset/)
  expect(await post()).toBe('answered')
  expect(bodies).toEqual([body])
})
