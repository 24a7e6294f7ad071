import type { z } from 'zod'
import type { Engine } from '../../src/database/engine.ts'
import type { LedgerDatabase } from '../../src/database/open.ts'
import { createApi } from '../../src/http/api.ts'
import { ledgerRoutes } from '../../src/ledger/api/routes.ts'
import type { Fact, Total } from '../../src/ledger/fact.ts'
import { createLedger } from '../../src/ledger/record/ledger.ts'
import { genesis, openTestLedger } from './open-test-ledger.ts'

export interface LedgerApi {
  readonly database: LedgerDatabase
  /** Sets the time of recording and of asking. */
  setNow(instantMs: number): void
  /** Records facts together. */
  record(facts: readonly Fact[]): Promise<void>
  /** Reads an answer of the API, which has to have the form. */
  read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>>
  ask(path: string, init?: RequestInit): Promise<Response>
}

export interface LedgerApiOptions {
  readonly exposed?: () => readonly Total[]
  readonly isLeader?: () => boolean
  /** To whose sums the facts are added, as a replica of that number would. */
  readonly shard?: number
}

/** The routes of a real ledger on a real database, without a port. */
export async function openLedgerApi(
  engine: Engine,
  options: LedgerApiOptions = {},
): Promise<LedgerApi> {
  const { database, ledger: opened } = await openTestLedger(engine)
  let now = genesis
  const ledger = createLedger({
    database,
    shards: [options.shard ?? 0],
    identity: opened.identity,
    now: () => now,
    onCommitted: () => undefined,
  })
  const api = createApi({ onFault: () => undefined, requestIdOf: () => 'request' })
  ledgerRoutes({
    ledger: opened,
    exposition: {
      exposed: options.exposed ?? (() => []),
      isLeader: options.isLeader ?? (() => true),
    },
    now: () => now,
  })(api)
  const ask = async (path: string, init?: RequestInit): Promise<Response> => api.request(path, init)
  return {
    database,
    setNow: (instantMs) => {
      now = instantMs
    },
    record: async (facts) => {
      await Promise.all(facts.map((fact) => ledger.record(fact)))
    },
    ask,
    read: async (path, schema) => {
      const answer = await ask(path)
      const body: unknown = await answer.json()
      if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(body)}`)
      return schema.parse(body)
    },
  }
}
