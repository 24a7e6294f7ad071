import {
  copyFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { recover as recoverCommand } from '../../src/commands/recover.ts'
import { resolveLedgerPath } from '../../src/database/resolve-path.ts'
import { runCommand } from '../support/run-command.ts'
import { startTestApp, type TestApp, webhooksOnly } from '../support/start-test-app.ts'
import { startWithFakeStripe } from '../support/start-with-fake-stripe.ts'
import { chargeOf, eventOf, intentOf, refundOf } from '../support/stripe-objects.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

let count = 0

async function pay(app: TestApp): Promise<number> {
  count += 1
  const body = eventBody('payment_intent.succeeded', { object: { id: `pi_lost_${count}` } })
  return (await deliver(app.apiUrl, body)).status
}

const success = 'billing_payments_total{status="success"}'

async function startPaid(folder = temporaryFolder()): Promise<TestApp> {
  const app = await startTestApp({ folder, environment: webhooksOnly })
  for (let paid = 0; paid < 3; paid += 1) expect(await pay(app)).toBe(200)
  expect((await app.counters()).get(success)).toBe(3)
  return app
}

function ledgerOf({ folder }: TestApp): string {
  return join(folder, 'ledger.db')
}

function removeAll(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
}

function waitForReadiness(app: TestApp, status: number): Promise<void> {
  return vi.waitFor(async () => expect((await app.call('GET', '/readyz')).status).toBe(status), {
    timeout: 10_000,
  })
}

const losses: readonly (readonly [string, (path: string) => void])[] = [
  ['the ledger and its log are removed', removeAll],
  [
    'an empty file takes its place',
    (path) => {
      removeAll(path)
      writeFileSync(path, '')
    },
  ],
  ['the ledger is cut to nothing', (path) => truncateSync(path, 0)],
  ['the ledger is cut to half', (path) => truncateSync(path, statSync(path).size / 2)],
  ['its log alone is removed', (path) => rmSync(`${path}-wal`)],
  ['its log is cut to nothing', (path) => truncateSync(`${path}-wal`, 0)],
  [
    'an older copy is put in its place',
    (path) => {
      copyFileSync(path, `${path}.copy`)
      renameSync(`${path}.copy`, path)
    },
  ],
  ['the index of its log is removed', (path) => rmSync(`${path}-shm`)],
  ['its lock is removed', (path) => rmSync(`${path}.lock`)],
]

test.each(losses)(
  'when %s under a running process, nothing more is acknowledged',
  async (_, lose) => {
    const app = await startPaid()
    lose(ledgerOf(app))
    for (let late = 0; late < 3; late += 1) expect(await pay(app)).toBe(503)
    expect((await fetch(app.metricsUrl)).status).toBe(503)
    await waitForReadiness(app, 503)
    expect((await app.call('GET', '/v1/totals')).status).toBe(200)
    const told = app.logLines.filter((line) =>
      String(JSON.parse(line).msg).includes('is not what this process opened'),
    )
    expect(told).toEqual([expect.stringContaining('nothing is recorded. Stop the process')])
  },
)

test.each(losses)(
  'when %s, a refund and a post that were recorded before are not acknowledged again',
  async (_, lose) => {
    const { app, stripe, send } = await startWithFakeStripe()
    const charge = chargeOf(intentOf())
    stripe.add(charge)
    const refund = eventOf('refund.created', refundOf(charge))
    const campaign = { name: 'Sale', messages: ['one'], cron: '0 0 1 1 *', channel: 'console' }
    const created = await app.call('POST', '/v1/campaigns', campaign)
    const { id } = z.object({ id: z.string() }).parse(await created.json())
    const postOnce = async () => {
      const headers = { 'idempotency-key': 'once' }
      return (await app.call('POST', `/v1/campaigns/${id}/posts`, undefined, headers)).status
    }
    expect([await send(refund), await send(refund)]).toEqual(['recorded', 'duplicate'])
    expect([await postOnce(), await postOnce()]).toEqual([201, 200])
    lose(ledgerOf(app))
    expect([await send(refund), await postOnce()]).toEqual([503, 503])
  },
)

test('a ledger that was moved away and back is recorded into again, and has all that was acknowledged', async () => {
  const app = await startPaid()
  const path = ledgerOf(app)
  renameSync(path, `${path}.away`)
  expect(await pay(app)).toBe(503)
  renameSync(`${path}.away`, path)
  expect(await pay(app)).toBe(200)
  expect((await app.counters()).get(success)).toBe(4)
})

test('checkpoints, vacuums and readers beside it are no loss', async () => {
  const app = await startPaid()
  using beside = new DatabaseSync(ledgerOf(app))
  for (const statement of [
    'pragma wal_checkpoint(truncate)',
    'vacuum',
    'pragma wal_checkpoint(truncate)',
  ]) {
    beside.exec(statement)
    expect(await pay(app)).toBe(200)
  }
  expect((await app.counters()).get(success)).toBe(6)
  expect(app.logLines.filter((line) => line.includes('is not what'))).toEqual([])
})

async function stopPaid(): Promise<TestApp> {
  const app = await startPaid()
  await app.stop()
  return app
}

function startAgain({ folder, environment }: TestApp): Promise<TestApp> {
  return startTestApp({ folder, environment })
}

test.each(losses.slice(0, 2))(
  'when %s while nothing runs, the start is refused and says what to do',
  async (_, lose) => {
    const app = await stopPaid()
    lose(ledgerOf(app))
    await expect(startAgain(app)).rejects.toMatchObject({
      code: 'ledger_fell',
      message: expect.stringMatching(/missing or empty.*npm run recover/),
    })
  },
)

test('a ledger that was removed while the service ran is missed at the next start, although nothing was ever scraped', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  expect(await pay(app)).toBe(200)
  removeAll(ledgerOf(app))
  await app.stop()
  await expect(startAgain(app)).rejects.toMatchObject({ code: 'ledger_fell' })
})

test('a ledger in which nothing was recorded may be removed', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  await app.stop()
  removeAll(ledgerOf(app))
  await (await startAgain(app)).stop()
})

test('a fact is acknowledged only once the high-water mark has begun', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const newMark = `${ledgerOf(app)}.high-water-mark.new`
  mkdirSync(newMark)
  expect(await pay(app)).toBe(503)
  rmdirSync(newMark)
  expect(await pay(app)).toBe(200)
})

test('another ledger beside the high-water mark is refused and left as it was', async () => {
  const app = await stopPaid()
  const other = await stopPaid()
  removeAll(ledgerOf(app))
  copyFileSync(ledgerOf(other), ledgerOf(app))
  await expect(startAgain(app)).rejects.toMatchObject({
    code: 'ledger_fell',
    message: expect.stringMatching(/is of another one.*npm run recover/),
  })
})

test('"npm run recover" begins a new series in place of a lost file, which the old one never falls to', async () => {
  const app = await stopPaid()
  removeAll(ledgerOf(app))
  const recover = async (...args: readonly string[]) =>
    (
      await runCommand(
        recoverCommand,
        { ...webhooksOnly, DATABASE_URL: `sqlite:${ledgerOf(app)}` },
        args,
      )
    ).text
  expect(await recover()).toContain('Nothing was changed')
  await expect(startAgain(app)).rejects.toMatchObject({ code: 'ledger_fell' })
  expect(await recover('--yes')).toContain('begins at 0')
  const again = await startAgain(app)
  expect(await pay(again)).toBe(200)
  const series = [...(await again.counters())].filter(([name]) => name.includes('success'))
  expect(series).toEqual([[expect.stringContaining('instance="'), 1]])
})

test('a second process is refused under every name that leads to the ledger', async () => {
  const app = await startPaid()
  const folder = temporaryFolder()
  symlinkSync(ledgerOf(app), join(folder, 'ledger.db'))
  const refused = { code: 'ledger_locked' }
  await expect(startTestApp({ folder, environment: webhooksOnly })).rejects.toMatchObject(refused)
  symlinkSync(app.folder, join(folder, 'ledgers'))
  const environment = {
    ...webhooksOnly,
    DATABASE_URL: `sqlite:${folder}/ledgers/../ledgers/ledger.db`,
  }
  await expect(startTestApp({ environment })).rejects.toMatchObject(refused)
})

test('a ledger with two hard links is refused with the reason', async () => {
  const app = await stopPaid()
  linkSync(ledgerOf(app), join(app.folder, 'other.db'))
  await expect(startAgain(app)).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining('second hard link'),
  })
})

test('a ledger that is itself a mount point is refused with the reason', () => {
  const path = join(temporaryFolder(), 'a ledger.db')
  writeFileSync(path, '')
  const line = (point: string) =>
    `36 35 98:0 / ${point.replaceAll(' ', '\\040')} rw - ext4 /dev/sda rw\n`
  expect(() => resolveLedgerPath(path, line('/data') + line(path))).toThrow('Mount the folder')
  expect(resolveLedgerPath(path, line('/data'))).toBe(path)
})
