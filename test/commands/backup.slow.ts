import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { mountSmallDisk, noSmallDisk } from '../chaos/harness/small-disk.ts'
import { fetchOnce } from '../support/fetch-once.ts'
import { readSeries } from '../support/read-series.ts'
import { runStart } from '../support/run-command-on.ts'
import { type RunningService, runService } from '../support/run-service.ts'
import { ownLedger, runEntry } from '../support/service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

let paid = 0

/** Delivers the webhook of a new payment. */
async function pay({ apiUrl }: RunningService): Promise<number> {
  paid += 1
  const body = eventBody('payment_intent.succeeded', {
    id: `evt_backup_${paid}`,
    object: { id: `pi_backup_${paid}` },
  })
  return (await deliver(apiUrl, body)).status
}

async function successes({ metricsUrl }: RunningService): Promise<number> {
  for (const [name, value] of await readSeries(metricsUrl))
    if (name.includes('status="success"')) return value
  throw new Error('the page has no successful payments')
}

/** As large as it takes for a backup to have a middle. */
function enlarge(path: string, bytes: number): void {
  using ledger = new DatabaseSync(path, { timeout: 10_000 })
  ledger.exec(`insert into dead_letters (id, type, reason, received_at, mode, source, dismissed_at)
    values ('evt_large', 'large', cast(zeroblob(${bytes}) as text), 0, 'test', 'webhook', 0)`)
}

/** Delivers webhooks, four at a time, until `work` is done; returns how many were acknowledged. */
async function underLoad(service: RunningService, work: Promise<unknown>): Promise<number> {
  let isOver = false
  let acknowledged = 0
  const lane = async () => {
    while (!isOver) {
      expect(await pay(service)).toBe(200)
      acknowledged += 1
    }
  }
  const lanes = [lane(), lane(), lane(), lane()]
  await work.finally(() => {
    isOver = true
  })
  await Promise.all(lanes)
  return acknowledged
}

test('a backup under load has the facts from before it, and the service keeps recording', async () => {
  const folder = temporaryFolder()
  const service = await runService(folder, webhooksOnly)
  expect(await pay(service)).toBe(200)
  enlarge(join(folder, 'ledger.db'), 200_000_000)
  const backup = runStart(folder, 'backup', '--to', 'backup.db', '--json')
  const acknowledged = await underLoad(service, backup)
  const { exitCode, text } = await backup
  expect({ exitCode, agrees: JSON.parse(text).agrees }).toEqual({ exitCode: 0, agrees: true })
  expect(acknowledged).toBeGreaterThan(4)
  expect(JSON.parse(text).facts).toBeGreaterThanOrEqual(1)
  expect(JSON.parse(text).facts).toBeLessThan(1 + acknowledged)
  expect(await successes(service)).toBe(1 + acknowledged)
  expect(await service.end('SIGTERM')).toBe(0)
})

test.each([
  ['SIGTERM', 2, []],
  ['SIGKILL', null, ['backup.db.partial', 'backup.db.partial-journal']],
] as const)(
  'a backup that %s ends in the middle leaves no file under its name, and the service runs on',
  async (signal, exitCode, left) => {
    const folder = temporaryFolder()
    const service = await runService(folder, webhooksOnly)
    enlarge(join(folder, 'ledger.db'), 400_000_000)
    const backup = runEntry(testStack(), { folder, environment: ownLedger }, [
      'backup',
      '--to',
      'backup.db',
    ])
    await vi.waitFor(() => expect(backup.errorText()).toContain('copied 10 %'), {
      timeout: 60_000,
      interval: 1,
    })
    await underLoad(service, backup.end(signal))
    expect(await backup.exited).toBe(exitCode)
    expect(existsSync(join(folder, 'backup.db'))).toBe(false)
    const files = readdirSync(folder).filter((file) => file.startsWith('backup'))
    expect(left).toEqual(expect.arrayContaining(files))
    for (const file of files) rmSync(join(folder, file))
    const again = await runStart(folder, 'backup', '--to', 'backup.db')
    expect(again.exitCode).toBe(0)
    expect(await pay(service)).toBe(200)
    expect(await service.end('SIGTERM')).toBe(0)
  },
)

test('a backup onto a full disk is refused and leaves nothing there', async ({ skip }) => {
  const stack = testStack()
  const folder = temporaryFolder(stack)
  const disk = mountSmallDisk(stack, folder, 1)
  if (disk === undefined) return skip(noSmallDisk)
  const service = await runService(folder, webhooksOnly)
  enlarge(join(folder, 'ledger.db'), 5_000_000)
  const backup = await runStart(folder, 'backup', '--to', join(disk.folder, 'backup.db'))
  expect(backup).toMatchObject({
    exitCode: 2,
    errorText: expect.stringContaining('make room on its disk'),
  })
  expect(readdirSync(disk.folder)).toEqual([])
  expect(await pay(service)).toBe(200)
  await service.end('SIGTERM')
})

test('a restored backup exposes nothing until recover, and then a new series goes on', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'ledger.db')
  let service = await runService(folder, webhooksOnly)
  for (let count = 0; count < 2; count += 1) expect(await pay(service)).toBe(200)
  expect((await runStart(folder, 'backup', '--to', 'backup.db')).exitCode).toBe(0)
  expect(await pay(service)).toBe(200)
  expect(await successes(service)).toBe(3)
  await service.end('SIGTERM')

  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
  copyFileSync(join(folder, 'backup.db'), path)
  service = await runService(folder, webhooksOnly)
  const page = await fetchOnce(service.metricsUrl)
  expect({ status: page.status, text: await page.text() }).toEqual({
    status: 503,
    text: expect.stringMatching(/lost commits[\s\S]*npm run recover/),
  })
  await service.end('SIGTERM')

  const recovered = await runStart(folder, 'recover', '--yes')
  expect(recovered.text).toContain('success: 2, was exposed as 3')
  service = await runService(folder, webhooksOnly)
  expect(await successes(service)).toBe(2)
  expect(await pay(service)).toBe(200)
  expect(await successes(service)).toBe(3)
  await service.end('SIGTERM')
})

test('on another machine a restored backup is not noticed: recover comes before the start', async () => {
  const folder = temporaryFolder()
  const first = await runService(folder, webhooksOnly)
  for (let count = 0; count < 2; count += 1) expect(await pay(first)).toBe(200)
  expect((await runStart(folder, 'backup', '--to', 'backup.db')).exitCode).toBe(0)
  expect(await pay(first)).toBe(200)
  expect(await successes(first)).toBe(3)
  await first.end('SIGKILL')

  const unnoticed = temporaryFolder()
  copyFileSync(join(folder, 'backup.db'), join(unnoticed, 'ledger.db'))
  const fallen = await runService(unnoticed, webhooksOnly)
  expect([...(await readSeries(fallen.metricsUrl)).keys()].join()).not.toContain('instance=')
  expect(await successes(fallen)).toBe(2)
  await fallen.end('SIGTERM')

  const other = temporaryFolder()
  copyFileSync(join(folder, 'backup.db'), join(other, 'ledger.db'))
  const recovered = await runStart(other, 'recover', '--yes')
  expect(recovered.text).toContain('What was exposed before is not known here.')
  const second = await runService(other, webhooksOnly)
  expect([...(await readSeries(second.metricsUrl)).keys()].join()).toContain('instance=')
  expect(await successes(second)).toBe(2)
  await second.end('SIGTERM')
})
