import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'

/**
 * A pool that throws a connection away once an answer on it did not come in time: its other end may be
 * gone without a word, and the driver, which takes it for healthy, would hand it out again first.
 */
export function discardSilent(pool: PostgresPool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => new WatchedClient(await pool.connect()),
    end: () => pool.end(),
  }
}

class WatchedClient implements PostgresPoolClient {
  readonly #client: PostgresPoolClient
  #silence: Error | undefined

  constructor(client: PostgresPoolClient) {
    this.#client = client
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query<R>(
    asked: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof asked !== 'string') return this.#client.query(asked)
    // What follows on it, a rollback, would wait as long again.
    if (this.#silence !== undefined) return Promise.reject(this.#silence)
    return this.#ask(asked, parameters)
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#silence !== undefined)
  }

  async #ask<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    try {
      return await this.#client.query<R>(sql, parameters)
    } catch (cause) {
      if (cause instanceof Error && cause.message === readTimeout) this.#silence = cause
      throw cause
    }
  }
}

/** What the driver says when no answer came within `query_timeout`; there is no code. */
const readTimeout = 'Query read timeout'
