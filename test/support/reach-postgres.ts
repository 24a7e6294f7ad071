import { openDatabase } from '../../src/database/open.ts'
import { reachDatabase } from '../../src/database/reach.ts'

/**
 * How a start ends at a PostgreSQL: undefined if the database can be used, else what is said. A start that would try
 * again says that, at once.
 */
export async function reachPostgres(url: string, password?: string): Promise<string | undefined> {
  try {
    const location = { engine: 'postgres', url } as const
    const database = await openDatabase(
      password === undefined ? location : { ...location, password },
    )
    try {
      await reachDatabase(database, {
        monotonicNow: () => performance.now(),
        warn: (reason) => {
          throw new Error(`a retry: ${reason}`)
        },
      })
    } finally {
      await database.close()
    }
    return undefined
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}
