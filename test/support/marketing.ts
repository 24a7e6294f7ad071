import { sql } from 'kysely'
import { onTestFinished } from 'vitest'
import { createRecorder, type Recorder } from '../../instrumentation/business/recorder.ts'
import { createLedgerTime, type LedgerTime } from '../../src/database/clock.ts'
import type { Engine } from '../../src/database/engine.ts'
import type { DatabaseLocation } from '../../src/database/open.ts'
import type { PostRow } from '../../src/database/schema.ts'
import { AppError } from '../../src/errors.ts'
import { createApi } from '../../src/http/api.ts'
import { requireApiKey } from '../../src/http/api-key.ts'
import { createChannels } from '../../src/marketing/channels/registry.ts'
import {
  createMarketing,
  type Marketing,
  type MarketingOptions,
} from '../../src/marketing/marketing.ts'
import { createPostExpiry } from '../../src/marketing/posts/expire.ts'
import type { ReadPrice } from '../../src/marketing/posts/render.ts'
import { createPostClaims } from '../../src/marketing/sending/claims.ts'
import { openTestLedger } from './open-test-ledger.ts'

/** Half a minute before a slot of every pattern that the tests use. */
export const morning = Date.UTC(2026, 0, 5, 8, 59, 30)
export const minuteMs = 60_000

export interface HouseOptions {
  readonly engine?: Engine
  /** Of an earlier house; a new ledger by default. */
  readonly location?: DatabaseLocation
  readonly readPrice?: ReadPrice
  /** Slots and waits go by the ledger's real time instead of the clock that the test moves. */
  readonly usesLedgerTime?: boolean
  readonly monotonicNow?: () => number
  readonly startAt?: number
  readonly channels?: Readonly<Record<string, string>>
  readonly recorder?: (real: Recorder) => Recorder
  readonly fetch?: typeof fetch
  readonly sendTimeoutMs?: number
}

/** The fields of all answers together; each has some of them. */
interface Answer {
  readonly id: string
  readonly type: string
  readonly detail: string
  /** Of a problem. */
  readonly errors: unknown
  readonly state: string
  readonly reason: string | null
  readonly not_before: string | null
  readonly scheduled_at: string
  readonly has_more: boolean
  readonly next_cursor: string | null
  readonly name: string
  readonly messages: readonly string[]
  readonly text: string | null
  readonly paused: boolean
  readonly next_post_at: string | null
  readonly receipt: string | null
  readonly data: readonly Answer[]
}

function asAnswer(body: unknown): Answer {
  return body as Answer
}

export type House = Awaited<ReturnType<typeof openHouse>>

/** Marketing on a real ledger, with a clock that the test moves and a console that it reads. */
export async function openHouse(options: HouseOptions = {}) {
  const { database, ledger, location } = await openTestLedger(
    options.location?.engine ?? options.engine ?? 'sqlite',
    options.location === undefined ? {} : { location: options.location },
  )
  const { queries } = database
  const clock = { now: options.startAt ?? morning }
  const movedTime: LedgerTime = {
    read: async () => clock.now,
    now: () => sql<number>`cast(${clock.now} as bigint)`,
  }
  const time =
    options.usesLedgerTime === true ? createLedgerTime(database, () => clock.now) : movedTime
  const window = { graceMs: 10 * minuteMs, retryMs: 60 * minuteMs }
  const printed: string[] = []
  const logged: string[] = []
  const write = (fields: object, message: string) => {
    logged.push(JSON.stringify({ ...fields, message }))
  }
  const real = createRecorder({ record: ledger.record, plans: ['starter'] })
  let idCount = 0
  const marketingOptions: MarketingOptions = {
    ledger: { queries, time, hasFact: ledger.hasFact },
    recorder: options.recorder?.(real) ?? real,
    channels: createChannels(new Map(Object.entries(options.channels ?? { console: 'console:' })), {
      fetch: options.fetch ?? fetch,
      now: () => clock.now,
      print: (line) => printed.push(line),
    }),
    prices: { plans: ['starter', 'professional'], read: options.readPrice ?? noPrice },
    system: {
      now: () => clock.now,
      createId: () => {
        idCount += 1
        return `${clock.now}x${idCount}`
      },
      ...(options.monotonicNow === undefined ? {} : { monotonicNow: options.monotonicNow }),
    },
    log: { info: write, warn: write, error: write },
    limits: { sendTimeoutMs: options.sendTimeoutMs ?? 2_000 },
  }
  const marketing = createMarketing(marketingOptions)
  onTestFinished(() => marketing.stop())
  const request = requestsOf(marketing)

  return {
    marketing,
    /** A second one on the same ledger, as another replica has it. */
    replica: () => createMarketing(marketingOptions),
    time,
    claims: createPostClaims(queries, time, window),
    expiry: createPostExpiry(queries, time, window),
    ledger,
    database,
    location,
    clock,
    printed,
    logged,
    request,
    /** Creates a campaign and answers its id. */
    create: async (changes: object = {}): Promise<string> => {
      const { body } = await request('POST', '/v1/campaigns', { ...everyMinute, ...changes })
      return body.id
    },
    /** Lets time pass, then the schedule look once and finish what it began. */
    pass: async (ms: number): Promise<void> => {
      clock.now += ms
      await marketing.tick()
      await marketing.idle()
    },
    posts: (): Promise<PostRow[]> =>
      queries.selectFrom('posts').selectAll().orderBy('scheduled_at').orderBy('id').execute(),
    states: async (): Promise<string[]> => {
      const rows = await queries
        .selectFrom('posts')
        .select('state')
        .orderBy('scheduled_at')
        .execute()
      return rows.map((row) => row.state)
    },
    facts: () => queries.selectFrom('facts').selectAll().orderBy('key').execute(),
    /** What `marketing_posts_total` stands at. */
    total: async (): Promise<number> => {
      const totals = await ledger.readTotals()
      return totals.find((one) => one.counter === 'marketing_posts_total')?.total ?? 0
    },
  }
}

/** Asks the API of one replica. */
export function requestsOf(marketing: Marketing) {
  const api = createApi({ onFault: () => undefined, requestIdOf: () => 'request_1' })
  api.use(
    '/v1/*',
    requireApiKey([], () => undefined),
  )
  marketing.addRoutes(api)
  return async (method: string, url: string, body?: unknown, headers = {}) => {
    const init = {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }
    const response = await api.request(url, init, { incoming: { headers: {} } })
    return { status: response.status, body: asAnswer(await response.json()) }
  }
}

async function noPrice(plan: string): Promise<never> {
  throw new AppError('plan_unavailable', `the plan ${plan} has no price`)
}

export const everyMinute = {
  name: 'Winter sale',
  messages: ['one', 'two', 'three'],
  cron: '* * * * *',
  time_zone: 'UTC',
  channel: 'console',
}
