import { Agent, request } from 'node:http'
import { Client } from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { startHangingReceiver } from '../support/hanging-receiver.ts'
import { freePort } from '../support/loopback.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { readSeries } from '../support/read-series.ts'
import { type RunningService, runService } from '../support/run-service.ts'
import { startService } from '../support/service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import { eventBody, sign } from '../support/webhooks.ts'

const keysSchema = z.array(z.object({ key: z.string() }))

const stripe = {
  ...webhooksOnly,
}

/** Delivers over a connection that is kept open; answers the status, 0 when the connection broke. */
function deliverOver(agent: Agent, service: RunningService, id: string): Promise<number> {
  return new Promise((resolve) => {
    const body = eventBody('payment_intent.succeeded', { object: { id } })
    const post = request(
      `${service.apiUrl}/webhooks/stripe`,
      {
        agent,
        method: 'POST',
        headers: { 'content-length': Buffer.byteLength(body), 'stripe-signature': sign(body) },
      },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0))
      },
    )
    post.on('error', () => resolve(0))
    post.end(body)
  })
}

/** Loads a service until it stops; answers what was acknowledged, and the process's exit code. */
async function stopUnderLoad(service: RunningService, prefix: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  onTestFinished(() => agent.destroy())
  const acknowledged: string[] = []
  let isLoading = true
  const send = async (sender: number) => {
    for (let count = 0; isLoading; count += 1) {
      const id = `pi_${prefix}_${sender}_${count}`
      if ((await deliverOver(agent, service, id)) === 200) acknowledged.push(id)
    }
  }
  const senders = Array.from({ length: 16 }, (_, sender) => send(sender))
  await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(200), { timeout: 10_000 })
  const exitCode = await service.end('SIGTERM')
  isLoading = false
  await Promise.all(senders)
  return { acknowledged, exitCode }
}

test('a stop under load, over keep-alive connections, loses nothing that was acknowledged', async () => {
  const folder = temporaryFolder()
  const { acknowledged, exitCode } = await stopUnderLoad(await runService(folder, stripe), 'a')
  expect(exitCode).toBe(0)
  const again = await runService(folder, stripe)
  const counted = (await readSeries(again.metricsUrl)).get(
    'billing_payments_total{status="success"}',
  )
  expect(counted).toBeGreaterThanOrEqual(acknowledged.length)
})

async function ask(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

/** From now on a lease that is not released lasts for a day. */
async function lengthenLeases(url: string): Promise<void> {
  await ask(
    url,
    `create function lengthen() returns trigger language plpgsql as
       $$ begin new.lease_until := new.lease_until + 86400000; return new; end $$;
     create trigger lengthen before update of lease_until on ledger
       for each row when (new.lease_until > 0) execute function lengthen()`,
  )
  const isLong = `select lease_until > (extract(epoch from now()) + 3600) * 1000 as is_long from ledger`
  await vi.waitFor(async () => expect(await ask(url, isLong)).toEqual([{ is_long: true }]), {
    timeout: 10_000,
  })
}

test('a leader that stops under load hands over before its lease expires, and the next leader continues from everything acknowledged', async () => {
  const url = await temporaryDatabase()
  const environment = { ...stripe, DATABASE_URL: url }
  const leader = await runService(temporaryFolder(), environment)
  expect((await readSeries(leader.metricsUrl)).size).toBe(7)
  const heir = await runService(temporaryFolder(), environment)
  expect((await readSeries(heir.metricsUrl)).size).toBe(0)
  await lengthenLeases(url)
  const { acknowledged, exitCode } = await stopUnderLoad(leader, 'b')
  const stoppedAt = performance.now()
  expect(exitCode).toBe(0)
  await vi.waitFor(async () => expect((await readSeries(heir.metricsUrl)).size).toBe(7), {
    timeout: 60_000,
    interval: 20,
  })
  const handedOverMs = Math.round(performance.now() - stoppedAt)
  process.stdout.write(`the heir spoke ${handedOverMs} ms after the leader's process had ended\n`)
  const exposed = Math.max(...(await readSeries(heir.metricsUrl)).values())
  const rows = keysSchema.parse(await ask(url, 'select key from facts'))
  const keys = new Set(rows.map(({ key }) => key))
  expect(acknowledged.filter((id) => !keys.has(`payment:success:${id}`))).toEqual([])
  expect(exposed).toBe(keys.size)
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'a service whose log has no reader keeps recording and exits with 0 on %s',
  async (signal) => {
    const service = await runService(temporaryFolder(), stripe)
    service.child.stdout?.destroy()
    service.child.stderr?.destroy()
    const agent = new Agent({ keepAlive: false })
    expect(await deliverOver(agent, service, `pi_unread_${signal}`)).toBe(200)
    expect(await service.end(signal)).toBe(0)
  },
)

test('a stop ends in its time, with 0, whatever hangs: a channel, a push, and a reader of a page', async () => {
  const channel = await startHangingReceiver('silent')
  const collector = await startHangingReceiver('trickling')
  const service = await runService(temporaryFolder(), {
    ...stripe,
    SHUTDOWN_TIMEOUT: '3s',
    CHANNEL_HOOK: `${channel.url}#whsec_${Buffer.alloc(24, 1).toString('base64')}`,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${collector.url}/v1/metrics`,
  })
  const call = (path: string, body: object) =>
    fetch(`${service.apiUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const campaign = { name: 'c', messages: ['m'], cron: '0 0 1 1 *', time_zone: 'UTC' }
  const created = await call('/v1/campaigns', { ...campaign, channel: 'hook' })
  const { id } = z.object({ id: z.string() }).parse(await created.json())
  const posting = call(`/v1/campaigns/${id}/posts`, {})
  await vi.waitFor(() => expect(channel.waiting()).toBe(1), { timeout: 10_000 })
  const halfSent = request(`${service.apiUrl}/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-length': 1_000 },
  })
  halfSent.on('error', () => undefined)
  halfSent.write('x')
  const exited = service.end('SIGTERM')
  const answer = await posting
  expect(answer.status).toBe(503)
  expect(await answer.text()).toContain('whether it took effect is not known')
  expect(await exited).toBe(0)
  expect(service.written()).toContain('it is left behind')
})

test('a stop in the middle of a start, while the database cannot be reached, ends with 0', async () => {
  const port = String(await freePort())
  const { child, exited, outputText } = startService(testStack(), {
    folder: temporaryFolder(),
    environment: { ...stripe, PORT: port, DATABASE_URL: 'postgres://127.0.0.1:9/nowhere' },
  })
  await vi.waitFor(() => expect(outputText()).toContain('cannot be reached yet'), 20_000)
  child.kill('SIGTERM')
  expect(await exited).toBe(0)
  expect(outputText()).toContain('"msg":"stopped"')
})
