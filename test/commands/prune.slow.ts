import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { urlOf } from '../support/location.ts'
import { temporaryLocation } from '../support/open-test-ledger.ts'
import { oldPost } from '../support/prunable-ledger.ts'
import { runStartWith } from '../support/run-command-on.ts'
import { runService } from '../support/run-service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const args = ['prune', '--older-than', '40d', '--json', '--yes'] as const

test('on PostgreSQL it deletes while the service runs on', async () => {
  const location = await temporaryLocation('postgres')
  const settings = { DATABASE_URL: urlOf(location) }
  const folder = temporaryFolder()
  const service = await runService(folder, settings)
  const database = await openDatabase(location)
  await database.queries
    .insertInto('posts')
    .values(oldPost('campaign_demo', { id: 'post_old' }))
    .execute()
  expect(await runStartWith(folder, settings, ...args)).toMatchObject({
    exitCode: 0,
    text: expect.stringContaining('"dry_run":false,"posts":1'),
  })
  expect((await fetch(new URL('/readyz', service.apiUrl))).status).toBe(200)
  await database.close()
  await service.end('SIGTERM')
})

test('on SQLite it is refused beside the service, and runs once that has stopped', async () => {
  const folder = temporaryFolder()
  const settings = { DATABASE_URL: 'sqlite:./ledger.db' }
  const service = await runService(folder, settings)
  expect(await runStartWith(folder, settings, ...args)).toMatchObject({
    exitCode: 2,
    errorText: expect.stringContaining('another process is using the ledger'),
  })
  await service.end('SIGTERM')
  expect(await runStartWith(folder, settings, ...args)).toMatchObject({
    exitCode: 0,
    text: expect.stringContaining('"dry_run":false'),
  })
  expect((await runStartWith(folder, settings, 'prune', '--help')).text).toContain('--older-than')
})
