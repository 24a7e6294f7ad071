import { once } from 'node:events'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, inject, test, vi } from 'vitest'
import { freePort } from '../support/loopback.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { run } from '../support/run-process.ts'
import { runToFailure } from '../support/run-service.ts'
import { startTestApp, webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

const program = '/usr/sbin/pgbouncer'

/** A real PgBouncer in transaction mode, with fewer connections to the server than the service opens. */
async function startPooler(): Promise<URL> {
  const server = new URL(inject('postgresUrl'))
  const database = new URL(await temporaryDatabase()).pathname.slice(1)
  const folder = temporaryFolder()
  chmodSync(folder, 0o755)
  const port = await freePort()
  writeFileSync(join(folder, 'users.txt'), '"postgres" ""\n')
  writeFileSync(
    join(folder, 'pooler.ini'),
    `[databases]
${database} = host=${server.hostname} port=${server.port} dbname=${database} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 3
`,
  )
  const asAccount = process.getuid?.() === 0 ? ['setpriv', '--reuid=nobody', '--clear-groups'] : []
  const [command = '', ...args] = [...asAccount, program, join(folder, 'pooler.ini')]
  run(testStack(), { command, args })
  await vi.waitFor(() => once(connect(port, '127.0.0.1'), 'connect'), { timeout: 5_000 })
  return new URL(`postgres://postgres@127.0.0.1:${port}/${database}`)
}

function environment(url: URL) {
  return {
    DATABASE_URL: url.href,
    ...webhooksOnly,
  }
}

test.skipIf(!existsSync(program))(
  'everything works through a pooler in transaction mode that the URL declares',
  async () => {
    const url = await startPooler()
    const refused = await runToFailure(temporaryFolder(), environment(url))
    expect(refused.exitCode).toBe(1)
    expect(refused.errorText).toContain('add pooler=transaction to the query of DATABASE_URL')

    url.searchParams.set('pooler', 'transaction')
    const apps = await Promise.all(
      [1, 2].map(() => startTestApp({ environment: environment(url) })),
    )
    const payments = Array.from({ length: 40 }, (_, index) =>
      eventBody('payment_intent.succeeded', { object: { id: `pi_${index}` } }),
    )
    const answers = await Promise.all(
      payments.flatMap((body) => apps.map((app) => deliver(app.apiUrl, body))),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const pages = await Promise.all(apps.map((app) => app.counters()))
    expect(pages.map((page) => page.size).toSorted()).toEqual([0, 7])
    expect(Math.max(...pages.flatMap((page) => [...page.values()]))).toBe(40)
  },
)
