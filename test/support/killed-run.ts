// A small run for cleanup.slow.ts: starts one of everything, reports it, and waits to be killed.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasBrowser, openBrowser } from './browser.ts'
import { createDatabase } from './postgres.ts'
import { startPostgres } from './postgres-server.ts'
import { run } from './run-process.ts'
import { mustBeReady, startService } from './service.ts'
import { temporaryFolder } from './temporary-folder.ts'

const stack = new AsyncDisposableStack()
const folder = temporaryFolder(stack)
const postgres = await startPostgres(stack)
const service = startService(stack, {
  folder,
  environment: { DATABASE_URL: await createDatabase(postgres.url) },
})
await mustBeReady(service)
// It would ignore the end of its standard input and a polite signal.
const deaf = run(stack, {
  command: 'sh',
  args: ['-c', 'trap "" TERM HUP INT; while :; do sleep 1; done'],
})
if (hasBrowser) await (await openBrowser(stack)).newPage()
const postmaster = readFileSync(join(postgres.dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]
process.stdout.write(
  `${JSON.stringify({
    processes: [Number(postmaster), service.child.pid, deaf.child.pid],
    folders: [folder, join(postgres.dataFolder, '..')],
  })}\n`,
)
