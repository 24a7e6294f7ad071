import type { PostgresCursor, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type { PoolClient } from 'pg'
import { errorCodeOf } from './error-code.ts'
import { unreplicated } from './is-database-error.ts'
import { changedResultCode, type PreparedStatements } from './prepared-statements.ts'
import { liftStatementTimeout } from './statement-timeout.ts'

export interface ClientSource {
  readonly prepared: PreparedStatements
  /** Called when the connection proves unusable. */
  noteEnd(): void
  /** Another connection, opened after that. */
  connect(): Promise<PoolClient>
}

/**
 * A connection that is closed once it proves unusable, because the driver considers it healthy and would
 * reuse it first: a response timed out, the connection broke, the server is shutting down, or the session is
 * read-only, as sessions that survive a failover are. A read-only session executed nothing: a statement
 * outside a transaction, or the beginning of one, is retried once on another connection.
 */
export class WatchedClient implements PostgresPoolClient {
  #client: PoolClient | undefined
  readonly #source: ClientSource
  #isInTransaction = false
  #isLifted = false
  #end: Error | undefined

  constructor(client: PoolClient, source: ClientSource) {
    this.#client = client
    this.#source = source
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query<R>(
    statement: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof statement !== 'string') return this.#open().query(statement)
    if (statement === 'begin' || statement.startsWith('start transaction'))
      return this.#begin(statement)
    return this.#execute(statement, parameters)
  }

  release(destroy = false): void {
    this.#client?.release(destroy || this.#end !== undefined)
    this.#client = undefined
  }

  #open(): PostgresPoolClient {
    if (this.#client === undefined) throw this.#end ?? new Error('the connection was released')
    return this.#client
  }

  async #begin<R>(statement: string): Promise<PostgresQueryResult<R>> {
    const result = await this.#run<R>(statement, [])
    this.#isInTransaction = true
    const { rows } = await this.#run<{ transaction_read_only: string }>(
      'show transaction_read_only',
      [],
    )
    if (rows[0]?.transaction_read_only !== 'on') return result
    await this.#replace(new Error('the session is read-only'))
    return this.#run(statement, [])
  }

  async #execute<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (sql === 'commit' || sql === 'rollback') {
      this.#isInTransaction = false
      this.#isLifted = false
    }
    if (sql === liftStatementTimeout) this.#isLifted = true
    try {
      return await this.#run<R>(sql, parameters)
    } catch (cause) {
      if (!isReadOnly(cause) || this.#isInTransaction) throw cause
      await this.#replace(cause)
      return this.#run(sql, parameters)
    }
  }

  /** Throws `cause` if there is no other connection. */
  async #replace(cause: Error): Promise<void> {
    if (this.#end === undefined) this.#source.noteEnd()
    this.#end = cause
    this.release()
    try {
      this.#client = await this.#source.connect()
    } catch {
      throw cause
    }
    this.#end = undefined
  }

  async #run<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    // The rollback that follows on it would wait just as long again.
    if (this.#end !== undefined) throw this.#end
    const client = this.#client
    if (client === undefined) throw new Error('the connection was released')
    let isUnreplicated = false
    const onNotice = (notice: Notice) => {
      isUnreplicated ||= saysUnreplicated(notice)
    }
    client.on('notice', onNotice)
    try {
      const result = await this.#send<R>(client, sql, parameters)
      if (isUnreplicated) throw new Error(unreplicated)
      return result
    } catch (cause) {
      this.#source.prepared.noteError(cause)
      if (cause instanceof Error && isEnd(cause)) {
        this.#end = cause
        this.#source.noteEnd()
      }
      throw cause
    } finally {
      client.off('notice', onNotice)
    }
  }

  #send<R>(
    client: PoolClient,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<PostgresQueryResult<R>> {
    const name = this.#source.prepared.nameOf(sql)
    const unnamed: PostgresPoolClient = client
    const configured: ConfigurableClient = client
    if (name === undefined && !this.#isLifted) return unnamed.query<R>(sql, parameters)
    return configured.query<R>({
      ...(name === undefined ? {} : { name }),
      ...(this.#isLifted ? { query_timeout: longestTimerMs } : {}),
      text: sql,
      values: [...parameters],
    })
  }
}

/** The longest that a timer of Node takes; the driver reads 0 as its default. */
const longestTimerMs = 2 ** 31 - 1

/** How the driver takes a statement with a name or a timeout: https://node-postgres.com/apis/client#clientquery */
interface ConfigurableClient {
  query<R>(statement: {
    readonly name?: string
    readonly query_timeout?: number
    readonly text: string
    readonly values: unknown[]
  }): Promise<PostgresQueryResult<R>>
}

interface Notice {
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly routine?: string | undefined
}

/** The commit took effect here, but no standby has it: a failover may lose it. The text may be translated. */
function saysUnreplicated({ routine, message }: Notice): boolean {
  return routine === 'SyncRepWaitForLSN' || /synchronous replication/.test(message ?? '')
}

/** Messages of driver errors without a code: no response within `query_timeout`, or a lost connection. */
const endMessages = /^(Query read timeout|Connection terminated|Client has encountered)/

/** A standby, or a demoted primary. */
const readOnlyCode = '25006'

/** 57P01 to 57P03: the server is shutting down. The others are network errors, or a statement that is stale there. */
const endCodes: ReadonlySet<string> = new Set([
  readOnlyCode,
  changedResultCode,
  '57P01',
  '57P02',
  '57P03',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
])

function isEnd(cause: Error): boolean {
  if (endMessages.test(cause.message)) return true
  return endCodes.has(errorCodeOf(cause))
}

function isReadOnly(cause: unknown): cause is Error {
  return cause instanceof Error && errorCodeOf(cause) === readOnlyCode
}
