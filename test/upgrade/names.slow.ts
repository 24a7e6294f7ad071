import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { runStartWith } from '../support/run-command-on.ts'
import { runService, runToFailure } from '../support/run-service.ts'
import { layFormerShop, messagesOf } from './fixture.ts'

test('while a process of the former version lives nothing is renamed, and the start says so', async () => {
  const shop = await layFormerShop('sqlite')
  const data = join(shop.folder, 'data')
  const lock = new DatabaseSync(join(data, 'sandbox.db.lock'))
  onTestFinished(() => lock.close())
  lock.exec('pragma journal_mode = memory; begin exclusive')
  const { exitCode, errorText } = await runToFailure(shop.folder, shop.environment)
  expect(exitCode).toBe(1)
  expect(errorText).toContain('another process is using the ledger ./data/sandbox.db')
  expect(readdirSync(data).filter((name) => name.startsWith('emulator'))).toEqual([])
})

test.each(['sandbox.db', 'sandbox.db.stripe'])(
  'while anybody has data/%s open nothing is renamed, and the start says so',
  async (name) => {
    const shop = await layFormerShop('sqlite')
    const data = join(shop.folder, 'data')
    const reader = new DatabaseSync(join(data, name), { readOnly: true })
    onTestFinished(() => reader.close())
    reader.prepare('select count(*) from sqlite_schema').get()
    const { exitCode, errorText } = await runToFailure(shop.folder, shop.environment)
    expect(exitCode).toBe(1)
    expect(errorText).toContain(`another process has ./data/${name} open`)
    expect(readdirSync(data).filter((each) => each.startsWith('emulator'))).toEqual([])
  },
)

test.each(['emulator.db-wal', 'emulator.db.stripe', 'emulator.db.shown'])(
  'a data/%s that has no ledger is not mixed with the one that is carried over',
  async (name) => {
    const shop = await layFormerShop('sqlite')
    const path = join(shop.folder, 'data', name)
    writeFileSync(path, 'of another ledger')
    const { exitCode, errorText } = await runToFailure(shop.folder, shop.environment)
    expect(exitCode).toBe(1)
    expect(errorText).toContain(`because ./data/${name} is there`)
    expect(readFileSync(path, 'utf8')).toBe('of another ledger')
    expect(existsSync(join(shop.folder, 'data', 'sandbox.db.shown'))).toBe(true)
  },
)

test('a ledger under the current name is used, and the former one is left alone', async () => {
  const shop = await layFormerShop('sqlite')
  const data = join(shop.folder, 'data')
  writeFileSync(join(data, 'emulator.db'), '')
  const service = await runService(shop.folder, shop.environment)
  expect(messagesOf(service)).toEqual([
    './data/sandbox.db, as an earlier version named it, is left alone: ./data/emulator.db is in use',
  ])
  expect(existsSync(join(data, 'sandbox.db'))).toBe(true)
  expect(existsSync(join(data, 'sandbox.db.shown'))).toBe(true)
})

test('before the first start verify and doctor say that one is needed, and recover carries over', async () => {
  const { folder } = await layFormerShop('sqlite')
  const environment = { DATABASE_URL: '', EMULATOR_PORT: '9' }
  const verified = await runStartWith(folder, environment, 'verify')
  expect(verified.exitCode).toBe(2)
  expect(verified.errorText).toMatch(/still \.\/data\/sandbox\.db.*start the service once/)
  const examined = await runStartWith(folder, environment, 'doctor')
  expect(examined.text + examined.errorText).toMatch(
    /BAD +ledger +the ledger is still \.\/data\/sandbox\.db/,
  )
  const named = await runStartWith(folder, { DATABASE_URL: 'sqlite:./data/sandbox.db' }, 'verify')
  expect(named.errorText).toContain('written by an earlier version: start the service once')
  const recovered = await runStartWith(folder, environment, 'recover')
  expect(recovered.text).toContain('the ledger ./data/sandbox.db of an earlier version is now')
  expect(recovered.text).toContain('total   billing_payments_total success: 4, was exposed as 4')
})
