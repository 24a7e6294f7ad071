import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { Client } from 'pg'
import { z } from 'zod'
import type { Engine } from '../../src/database/engine.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import type { RunningService } from '../support/run-service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** What a service of the former version left when it was killed: see `make-fixture.mjs`. */
export interface FormerShop {
  /** The folder that it was started in; its data is in `data`. */
  readonly folder: string
  /** The settings that it had, by their present names. */
  readonly environment: Readonly<Record<string, string>>
  /** What it said of itself just before. */
  readonly expected: Expected
}

const fact = z.looseObject({ key: z.string() })
const post = z.object({ id: z.string(), state: z.string(), text: z.string().nullable() })
const expectedSchema = z.object({
  series: z.record(z.string(), z.int()),
  seriesId: z.string(),
  account: z.string(),
  genesis: z.string(),
  facts: z.array(fact),
  campaigns: z.array(z.looseObject({ id: z.string() })),
  posts: z.array(post),
  payments: z.array(z.object({ id: z.string(), status: z.string() })),
  /** Payments by status that were under way at the kill, and are counted once they are through. */
  pending: z.record(z.string(), z.int()),
})

export type Expected = z.infer<typeof expectedSchema>

const fixtures = new URL('fixture/', import.meta.url).pathname

/** The channels' receivers are gone. */
const channels = {
  CHANNEL_CONSOLE: 'console:',
  ...Object.fromEntries(
    ['REFUSES', 'HANGS', 'AWAY'].map((name) => [
      `CHANNEL_${name}`,
      `http://127.0.0.1:9/#whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    ]),
  ),
}

/** Lays out the data of the former version in a folder, and in a database, of the test's own. */
export async function layFormerShop(engine: Engine): Promise<FormerShop> {
  const folder = temporaryFolder()
  const from = join(fixtures, engine)
  mkdirSync(join(folder, 'data'))
  for (const name of readdirSync(from).filter((each) => each.endsWith('.br')))
    writeFileSync(
      join(folder, 'data', name.slice(0, -'.br'.length)),
      brotliDecompressSync(readFileSync(join(from, name))),
    )
  const url = engine === 'postgres' ? await restore(join(from, 'ledger.sql')) : ''
  const expected = expectedSchema.parse(
    JSON.parse(readFileSync(join(from, 'expected.json'), 'utf8')),
  )
  return { folder, environment: { ...channels, DATABASE_URL: url }, expected }
}

async function restore(dump: string): Promise<string> {
  const url = await temporaryDatabase()
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(readFileSync(dump, 'utf8'))
  await client.end()
  return url
}

/** The series by their names once all that was under way is through. */
export function seriesAtRest({ series, pending }: Expected): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(series).map(([name, value]) => {
      const [, status = ''] = /status="(\w+)"/.exec(name) ?? []
      return [name, value + (pending[status] ?? 0)]
    }),
  )
}

const message = z.object({ msg: z.string() })

/** What the log says of names of an earlier version. */
export function messagesOf(service: RunningService): readonly string[] {
  return service
    .written()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('earlier version'))
    .map((line) => message.parse(JSON.parse(line)).msg)
}
