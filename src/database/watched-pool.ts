import { setTimeout as wait } from 'node:timers/promises'
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { foreignLedger } from './foreign-ledger.ts'

export interface WatchedPool extends PostgresPool {
  /** From now on a new connection to a database that holds another ledger is thrown away. */
  onlyFor(ledgerId: string): void
}

/** After a connection was thrown away or could not be made, a new one is made only so often. */
const connectEveryMs = 250
const troubleMs = 5_000
const pollMs = 25

/**
 * A pool that throws a connection away once an answer on it did not come in time, since its other end may
 * be gone without a word, or says that it is read-only or ends, as after a failover: the driver, which
 * takes it for healthy, would hand it out again first. Waits `connectTimeoutMs` at most for its turn.
 */
export function watchPool(pool: Pool, connectTimeoutMs: number): WatchedPool {
  const verified = new WeakSet<PoolClient>()
  let ledgerId: string | undefined
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

  const verify = async (client: PoolClient): Promise<void> => {
    if (ledgerId === undefined || verified.has(client)) return
    const { rows } = await client.query('select ledger_id from ledger where id = 1')
    if (rows[0]?.ledger_id !== ledgerId) throw foreignLedger(ledgerId)
    verified.add(client)
  }

  const connect = async (): Promise<PostgresPoolClient> => {
    await mayConnect()
    let client: PoolClient | undefined
    try {
      client = await pool.connect()
      await verify(client)
      return new WatchedClient(client, noteTrouble)
    } catch (cause) {
      noteTrouble()
      client?.release(true)
      throw cause
    }
  }

  return {
    options: pool.options,
    connect,
    end: () => pool.end(),
    onlyFor: (id) => {
      ledgerId = id
    },
  }
}

class WatchedClient implements PostgresPoolClient {
  readonly #client: PoolClient
  readonly #noteTrouble: () => void
  #end: Error | undefined

  constructor(client: PoolClient, noteTrouble: () => void) {
    this.#client = client
    this.#noteTrouble = noteTrouble
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query<R>(
    asked: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    const client: PostgresPoolClient = this.#client
    if (typeof asked !== 'string') return client.query(asked)
    // What follows on it, a rollback, would wait as long again.
    if (this.#end !== undefined) return Promise.reject(this.#end)
    return this.#ask(client, asked, parameters)
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#end !== undefined)
  }

  async #ask<R>(
    client: PostgresPoolClient,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<PostgresQueryResult<R>> {
    let isUnreplicated = false
    const onNotice = (notice: Notice) => {
      isUnreplicated ||= saysUnreplicated(notice)
    }
    this.#client.on('notice', onNotice)
    try {
      const result = await client.query<R>(sql, parameters)
      if (isUnreplicated) throw new Error(unreplicated)
      return result
    } catch (cause) {
      if (cause instanceof Error && isEnd(cause)) {
        this.#end = cause
        this.#noteTrouble()
      }
      throw cause
    } finally {
      this.#client.off('notice', onNotice)
    }
  }
}

interface Notice {
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly routine?: string | undefined
}

/** The commit stands here, but no standby has it: a failover may lose it. The text may be translated. */
function saysUnreplicated({ routine, message }: Notice): boolean {
  return routine === 'SyncRepWaitForLSN' || /synchronous replication/.test(message ?? '')
}

const unreplicated = 'the commit was not replicated in time: its outcome is not known'

/** What the driver says when no answer came within `query_timeout`; there is no code. */
const readTimeout = 'Query read timeout'

/** Read-only: a standby, or a primary that was taken down a step. 57P01 to 57P03: the server stops. */
const endCodes: ReadonlySet<string> = new Set(['25006', '57P01', '57P02', '57P03'])

function isEnd(cause: Error): boolean {
  if (cause.message === readTimeout) return true
  return 'code' in cause && typeof cause.code === 'string' && endCodes.has(cause.code)
}
