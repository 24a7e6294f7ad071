import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

/** Writes of our own to the cluster, past the service: when does it accept one, and which server? */
export interface WriteWatch {
  /** The server that accepts writes now, and since when it runs. */
  server(): Promise<string>
  /** Resolves once a write was accepted by a server other than `before`; by any where that is left out. */
  accepted(before: string | undefined): Promise<void>
}

const pollMs = 100
const attemptMsMax = 2_000
const acceptedMsMax = 180_000

export async function watchWrites(url: string): Promise<WriteWatch> {
  await writeOn(url, 'create table if not exists watched_writes (at timestamptz)')
  const tryWrite = (): Promise<string | undefined> =>
    writeOn(
      url,
      'insert into watched_writes values (now()) returning inet_server_port() as port, pg_postmaster_start_time() as started',
    ).catch(() => undefined)

  const waitFor = async (isWanted: (server: string) => boolean): Promise<string> => {
    const deadline = performance.now() + acceptedMsMax
    for (;;) {
      const server = await tryWrite()
      if (server !== undefined && isWanted(server)) return server
      if (performance.now() > deadline) throw new Error('the cluster accepts no write')
      await sleep(pollMs)
    }
  }

  return {
    server: () => waitFor(() => true),
    accepted: async (before) => void (await waitFor((server) => server !== before)),
  }
}

async function writeOn(url: string, statement: string): Promise<string> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: attemptMsMax,
    query_timeout: attemptMsMax,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query(statement)
    return JSON.stringify(rows)
  } finally {
    client.end().catch(() => undefined)
  }
}
