import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { endServerWithUs } from '../cleanup.ts'
import { freePort } from '../loopback.ts'
import { type Running, run } from '../run-process.ts'
import { serverPrograms } from './programs.ts'

export interface PatroniNode {
  readonly name: string
  /** As if the machine were gone: Patroni and PostgreSQL end at once. */
  kill(): void
  /**
   * Ends PostgreSQL's main process alone: Patroni notices. What it returns ends those of its children that outlive
   * it, as an operator has to "by hand" (https://www.postgresql.org/docs/current/server-shutdown.html): while one
   * does, PostgreSQL does not start again.
   */
  killPostgres(): () => void
  /** Stops both, as a machine that hangs; `resume` lets them go on. */
  pause(): void
  resume(): void
  /** Starts a killed node again; it rejoins by itself. */
  start(): void
}

export interface ListeningNode extends PatroniNode {
  readonly port: number
  /** Where Patroni's REST API is. */
  readonly restUrl: string
  /** The last of what it and its PostgreSQL wrote. */
  log(): string
}

export interface NodeOptions {
  readonly name: string
  readonly folder: string
  readonly etcdUrl: string
}

/** Patroni's smallest: how long a dead primary keeps its leader key. */
const ttlSeconds = 20
const account = 'postgres'

/** A node, not yet started; it ends with the stack. */
export async function createNode(
  stack: AsyncDisposableStack,
  { name, folder, etcdUrl }: NodeOptions,
): Promise<ListeningNode> {
  const [port, restPort] = [await freePort(), await freePort()]
  const home = join(folder, name)
  mkdirSync(home, { mode: 0o700 })
  const file = join(home, 'patroni.yml')
  writeFileSync(file, stringify(settingsOf({ name, home, port, restPort, etcdUrl })))
  execFileSync('chown', ['-R', `${account}:${account}`, home])
  const processFile = join(home, 'data', 'postmaster.pid')
  let patroni: Running | undefined
  const signalAll = (signal: NodeJS.Signals): void => {
    patroni?.signal(signal)
    for (const pid of processesOf(processFile)) kill(pid, signal)
  }
  endServerWithUs(processFile)
  /** PostgreSQL first: it has Patroni's output open, whose end is waited for. */
  const end = (): void => {
    signalAll('SIGCONT')
    patroni?.signal('SIGKILL')
    // It leaves no shared memory behind.
    for (const pid of processesOf(processFile).slice(0, 1)) kill(pid, 'SIGQUIT')
  }
  return {
    name,
    port,
    restUrl: `http://127.0.0.1:${restPort}`,
    log: () => `${patroni?.outputText() ?? ''}${patroni?.errorText() ?? ''}`.slice(-2_000),
    start: () => {
      patroni = run(stack, {
        command: 'setpriv',
        args: [`--reuid=${account}`, `--regid=${account}`, '--init-groups', 'patroni', file],
        folder: home,
        environment: {
          PATH: `${serverPrograms()}:${process.env.PATH}`,
          HOME: home,
          LC_ALL: 'C.UTF-8',
        },
      })
      stack.defer(end)
    },
    kill: () => signalAll('SIGKILL'),
    killPostgres: () => {
      const [main, ...children] = processesOf(processFile)
      if (main !== undefined) kill(main, 'SIGKILL')
      return () => {
        for (const pid of children) if (isIn(pid, dirname(processFile))) kill(pid, 'SIGKILL')
      }
    },
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
  }
}

interface NodeSettings {
  readonly name: string
  readonly home: string
  readonly port: number
  readonly restPort: number
  readonly etcdUrl: string
}

function settingsOf({ name, home, port, restPort, etcdUrl }: NodeSettings): object {
  const user = (username: string) => ({ username, password: 'secret' })
  return {
    scope: 'countinghouse',
    name,
    restapi: { listen: `127.0.0.1:${restPort}`, connect_address: `127.0.0.1:${restPort}` },
    etcd: { host: new URL(etcdUrl).host },
    bootstrap: {
      dcs: {
        ttl: ttlSeconds,
        loop_wait: 2,
        retry_timeout: 5,
        primary_start_timeout: 0,
        master_start_timeout: 0,
        synchronous_mode: true,
        postgresql: {
          use_pg_rewind: true,
          parameters: { max_connections: 150, wal_keep_size: '256MB', wal_log_hints: 'on' },
        },
      },
      initdb: [{ encoding: 'UTF8' }, 'no-sync'],
    },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: join(home, 'data'),
      bin_dir: serverPrograms(),
      pgpass: join(home, 'pgpass'),
      authentication: {
        superuser: user('postgres'),
        replication: user('replicator'),
        rewind: user('rewinder'),
      },
      parameters: { unix_socket_directories: home },
      pg_hba: [
        'local all all trust',
        'host all all 127.0.0.1/32 md5',
        'host replication replicator 127.0.0.1/32 md5',
      ],
    },
  }
}

/** PostgreSQL's main process and its children; Patroni starts it as a process of its own. */
function processesOf(processFile: string): readonly number[] {
  try {
    const pid = Number(readFileSync(processFile, 'utf8').split('\n')[0])
    // A crash leaves the file behind, and the id may be another's by now.
    return isIn(pid, dirname(processFile)) ? [pid, ...childrenOf(pid)] : []
  } catch {
    return []
  }
}

function isIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder
  } catch {
    return false
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)])
      .toString()
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause
  }
}
