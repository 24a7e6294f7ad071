import { setTimeout as wait } from 'node:timers/promises'
import type { PostgresPool } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { foreignLedger } from './foreign-ledger.ts'
import type { HostChoice } from './host-choice.ts'
import type { PreparedStatements } from './prepared-statements.ts'
import { WatchedClient } from './watched-client.ts'

type Hosts = Pick<HostChoice, 'count' | 'tried' | 'next'>

export interface WatchedPool extends PostgresPool {
  /** From now on new connections to a database that holds another ledger are discarded. */
  onlyFor(ledgerId: string): void
}

/** The minimum interval between new connections after one was discarded or could not be opened. */
const connectEveryMs = 250
const troubleMs = 5_000
const pollMs = 25

/**
 * A pool that retires connections after a failover. Once one connection proves unusable (`WatchedClient`),
 * those opened before that moment most likely are too: each is closed before its next use. Waits at most
 * `connectTimeoutMs` for a free connection. Of several hosts, each is tried once before a failure counts.
 */
export function watchPool(
  pool: Pool,
  connectTimeoutMs: number,
  hosts: Hosts,
  prepared: PreparedStatements,
): WatchedPool {
  const verified = new WeakSet<PoolClient>()
  const writable = new WeakSet<PoolClient>()
  let ledgerId: string | undefined
  const { epochs, noteEnd, noteTrouble, mayConnect } = watchTrouble(pool, connectTimeoutMs)

  const verify = async (client: PoolClient): Promise<void> => {
    if (ledgerId === undefined || verified.has(client)) return
    const { rows } = await client.query('select ledger_id from ledger where id = 1')
    if (rows[0]?.ledger_id !== ledgerId) throw foreignLedger(ledgerId)
    verified.add(client)
  }

  const take = async (): Promise<PoolClient> => {
    for (;;) {
      await mayConnect()
      const epoch = epochs.now()
      const client = await pool.connect()
      if (epochs.admits(client, epoch)) return client
      client.release(true)
    }
  }

  const connectOnce = async (): Promise<PoolClient> => {
    let client: PoolClient | undefined
    try {
      client = await take()
      await verify(client)
      if (hosts.count > 1 && !writable.has(client)) {
        await requireWritable(client)
        writable.add(client)
      }
      return client
    } catch (cause) {
      noteTrouble()
      client?.release(true)
      throw cause
    }
  }

  const connect = () => tryHosts(hosts, connectOnce)

  return {
    options: pool.options,
    connect: async () => new WatchedClient(await connect(), { prepared, noteEnd, connect }),
    end: () => pool.end(),
    onlyFor: (id) => {
      ledgerId = id
    },
  }
}

/** Tries the chosen host and, after a failure, the others, each once. Rejects with the last failure. */
async function tryHosts<T>(hosts: Hosts, connect: () => Promise<T>): Promise<T> {
  for (let left = hosts.count; left > 1; left -= 1) {
    const host = hosts.tried()
    try {
      return await connect()
    } catch {
      hosts.next(host)
    }
  }
  return connect()
}

/** Of several hosts, only the primary is of use: the others are its standbys. */
async function requireWritable(client: PoolClient): Promise<void> {
  const { rows } = await client.query('show transaction_read_only')
  if (rows[0]?.transaction_read_only === 'on')
    throw new Error('of the hosts in DATABASE_URL, none takes writes: see that one is the primary')
}

/** Incremented each time a connection ends: connections of an earlier epoch are not used again. */
function watchTrouble(pool: Pool, connectTimeoutMs: number) {
  const openedIn = new WeakMap<PoolClient, number>()
  let epoch = 0
  let troubledUntil = 0
  let connectAt = 0

  const noteTrouble = (): void => {
    troubledUntil = performance.now() + troubleMs
  }

  const mayConnect = async (): Promise<void> => {
    const giveUpAt = performance.now() + connectTimeoutMs
    for (;;) {
      const now = performance.now()
      const makesNew = pool.idleCount === 0 && pool.totalCount < pool.options.max
      if (!makesNew || now > troubledUntil) return
      if (now >= connectAt) {
        connectAt = now + connectEveryMs
        return
      }
      if (now > giveUpAt) throw new Error('timeout exceeded when trying to connect')
      await wait(pollMs)
    }
  }

  // An idle connection broke.
  pool.on('error', () => {
    epoch += 1
  })

  return {
    epochs: {
      now: () => epoch,
      /** Whether a connection may be used; a new one, requested in the epoch `askedIn`, always may. */
      admits: (client: PoolClient, askedIn: number): boolean => {
        const opened = openedIn.get(client)
        if (opened !== undefined) return opened >= epoch
        openedIn.set(client, askedIn)
        return true
      },
    },
    noteTrouble,
    noteEnd: () => {
      epoch += 1
      noteTrouble()
    },
    mayConnect,
  }
}
