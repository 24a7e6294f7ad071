import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { runService } from '../../support/run-service.ts'
import { startTestApp, webhooksOnly } from '../../support/start-test-app.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testStack } from '../../support/test-stack.ts'
import { deliver, eventBody, sign } from '../../support/webhooks.ts'

const sentCount = 10_000
const atOnce = 200

test('10,000 signed webhooks from one address, 200 at once, are all accepted after its bad ones were limited', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const bad = () =>
    deliver(app.apiUrl, '{}', `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}`)
  for (let each = 0; each < 100; each += 1) expect((await bad()).status).toBe(400)
  expect((await bad()).status).toBe(429)
  const send = async (each: number): Promise<number> => {
    const id = { id: `evt_${each}`, object: { id: `pi_${each}` } }
    const response = await deliver(app.apiUrl, eventBody('payment_intent.succeeded', id))
    await response.body?.cancel()
    return response.status
  }
  const statuses: number[] = []
  for (let sent = 0; sent < sentCount; sent += atOnce)
    statuses.push(
      ...(await Promise.all(Array.from({ length: atOnce }, (_, each) => send(sent + each)))),
    )
  expect(statuses).toHaveLength(sentCount)
  expect(new Set(statuses)).toEqual(new Set([200]))
})

/** A webhook as it goes over the wire, on a connection of its own. */
function requestOf(body: string): string {
  const head = ['POST /webhooks/stripe HTTP/1.1', 'host: 127.0.0.1', 'connection: close']
  const signed = [`stripe-signature: ${sign(body)}`, `content-length: ${Buffer.byteLength(body)}`]
  return `${[...head, ...signed].join('\r\n')}\r\n\r\n${body}`
}

/** Sends it; returns the status line, or how the connection failed. */
async function sendAlone(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(request)
  try {
    return (await text(socket)).split('\r\n')[0] ?? ''
  } catch (cause) {
    return String(cause)
  }
}

function openFilesMax(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  return Number(/^Max open files +\S+ +(\d+)/m.exec(limits)?.[1])
}

test.skipIf(!(openFilesMax() > sentCount + 1_000))(
  '10,000 webhooks on 10,000 connections at once are all accepted, and no connection is reset',
  async () => {
    const service = await runService(temporaryFolder(testStack()), webhooksOnly)
    const port = Number(new URL(service.apiUrl).port)
    const requests = Array.from({ length: sentCount }, (_, each) =>
      requestOf(
        eventBody('payment_intent.succeeded', {
          id: `evt_${each}`,
          object: { id: `pi_${each}` },
        }),
      ),
    )
    const answers = await Promise.all(requests.map((request) => sendAlone(port, request)))
    expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 200 OK']))
    const page = await (await fetch(service.metricsUrl)).text()
    expect(page).toContain(`billing_payments_total{status="success"} ${sentCount}`)
  },
)
