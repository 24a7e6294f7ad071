import { once } from 'node:events'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from './loopback.ts'
import { run } from './run-process.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { testStack } from './test-stack.ts'
import { until } from './until.ts'

const program = '/usr/sbin/pgbouncer'

/** Whether Debian's PgBouncer is installed. */
export const hasPooler = existsSync(program)

export interface PoolerOptions {
  /** Lines of its section `[pgbouncer]`. */
  readonly settings: readonly string[]
  /** Its `auth_file`: whom it lets in. */
  readonly users: string
  /** What is added to each of its databases, such as `user=postgres`: as whom it logs in. */
  readonly login?: string
}

/** A real PgBouncer before a database, until the stack ends. Answers its URL, without a user. */
export async function startPooler(
  databaseUrl: string,
  { settings, users, login = '' }: PoolerOptions,
  stack: AsyncDisposableStack = testStack(),
): Promise<URL> {
  const { hostname, port: serverPort, pathname } = new URL(databaseUrl)
  const database = pathname.slice(1)
  const folder = temporaryFolder(stack)
  chmodSync(folder, 0o755)
  const port = await freePort()
  writeFileSync(join(folder, 'users.txt'), users)
  writeFileSync(
    join(folder, 'pooler.ini'),
    [
      '[databases]',
      `${database} = host=${hostname} port=${serverPort} dbname=${database} ${login}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      `auth_file = ${join(folder, 'users.txt')}`,
      ...settings,
      '',
    ].join('\n'),
  )
  const asAccount = process.getuid?.() === 0 ? ['setpriv', '--reuid=nobody', '--clear-groups'] : []
  const [command = '', ...args] = [...asAccount, program, join(folder, 'pooler.ini')]
  const running = run(stack, { command, args })
  await until(
    () => `PgBouncer to listen: ${running.errorText().slice(-2_000)}`,
    async () => {
      const socket = connect(port, '127.0.0.1')
      return await once(socket, 'connect').then(
        () => socket.destroy() !== undefined,
        () => false,
      )
    },
  )
  return new URL(`postgres://localhost:${port}/${database}`)
}
