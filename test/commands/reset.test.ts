import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reset } from '../../src/commands/reset.ts'
import { runCommand } from '../support/run-command.ts'
import { runService } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function settingsIn(folder: string) {
  return { DATABASE_URL: `sqlite:${join(folder, 'ledger.db')}` }
}

test('the data of the emulator is listed first, and removed with --yes once the service is stopped', async () => {
  const folder = temporaryFolder()
  const [ledger, store] = [join(folder, 'ledger.db'), join(folder, 'ledger.db.stripe')]
  const service = await runService(folder)
  await expect(runCommand(reset, settingsIn(folder), ['--yes'])).rejects.toThrow('stop it first')
  await service.end('SIGTERM')
  const listed = await runCommand(reset, settingsIn(folder))
  expect(listed.text).toContain(`would remove  ${ledger}`)
  expect([ledger, store].map(existsSync)).toEqual([true, true])
  const removed = await runCommand(reset, settingsIn(folder), ['--yes', '--json'])
  expect(JSON.parse(removed.text)).toMatchObject({ removed: true })
  expect([ledger, store, `${ledger}.lock`, `${ledger}.high-water-mark`].map(existsSync)).toEqual([
    false,
    false,
    false,
    false,
  ])
  expect((await runCommand(reset, settingsIn(folder))).text).toContain('There is no data')
  const again = await runService(folder)
  expect((await fetch(again.metricsUrl)).status).toBe(200)
  await again.end('SIGTERM')
})

test('the ledger of a Stripe account is never removed', async () => {
  const folder = temporaryFolder()
  await (await runService(folder, webhooksOnly)).end('SIGTERM')
  await expect(
    runCommand(reset, { ...settingsIn(folder), ...webhooksOnly }, ['--yes']),
  ).rejects.toThrow('the settings name a Stripe account')
  await expect(runCommand(reset, settingsIn(folder), ['--yes'])).rejects.toThrow(
    'holds test payments of a Stripe account and is never removed',
  )
  expect(existsSync(join(folder, 'ledger.db'))).toBe(true)
})
