import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { createRandom } from '../support/random.ts'
import { readSeries } from '../support/read-series.ts'
import { runService } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

const success = 'billing_payments_total{status="success"}'
const kills = 20
const senders = 16

const environment = {
  ...webhooksOnly,
}

test(`${kills} kills under load: no acknowledged payment is lost, none is doubled, no counter falls`, async () => {
  const seed = Date.now() % 1_000_000
  process.stdout.write(`kill test seed ${seed}\n`)
  const random = createRandom(seed)
  const folder = temporaryFolder()
  const acknowledged = new Set<string>()
  let sent = 0
  let last = 0

  for (let round = 1; round <= kills; round += 1) {
    const service = await runService(folder, environment)
    const restored = (await readSeries(service.metricsUrl)).get(success) ?? -1
    expect(restored).toBeGreaterThanOrEqual(last)
    expect(restored).toBeGreaterThanOrEqual(acknowledged.size)

    let alive = true
    const send = async () => {
      while (alive) {
        sent += 1
        const id = `pi_${seed}_${sent}`
        const body = eventBody('payment_intent.succeeded', { id: `evt_${id}`, object: { id } })
        const answer = await deliver(service.apiUrl, body).catch(() => undefined)
        if (answer?.status === 200) acknowledged.add(id)
      }
    }
    const acknowledgedBefore = acknowledged.size
    const sending = Array.from({ length: senders }, send)
    const wanted = 1 + Math.floor(random.next() * 150)
    while (acknowledged.size < acknowledgedBefore + wanted) await new Promise(setImmediate)
    last = (await readSeries(service.metricsUrl)).get(success) ?? -1
    await service.end('SIGKILL')
    alive = false
    await Promise.all(sending)
  }

  const service = await runService(folder, environment)
  const exposed = (await readSeries(service.metricsUrl)).get(success) ?? -1
  expect(await service.end('SIGTERM')).toBe(0)
  const ledger = new DatabaseSync(join(folder, 'ledger.db'), { readOnly: true })
  const keys = new Set(
    ledger
      .prepare('select key from facts')
      .all()
      .map(({ key }) => String(key)),
  )
  const total = ledger.prepare('select sum(total) as total from totals').get()?.total
  ledger.close()
  const lost = [...acknowledged].filter((id) => !keys.has(`payment:success:${id}`))
  expect(lost).toEqual([])
  expect(exposed).toBe(keys.size)
  expect(total).toBe(keys.size)
  expect(keys.size).toBeLessThanOrEqual(sent)
  process.stdout.write(
    `kill test: ${sent} sent, ${acknowledged.size} acknowledged, ${exposed} counted\n`,
  )
}, 120_000)
