import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import manifest from '../../package.json' with { type: 'json' }
import { type Checkouts, createCheckout } from '../billing/create-checkout.ts'
import { refusals } from '../commands/doctor/refusals.ts'
import { checks } from '../commands/doctor/registry.ts'
import { share } from '../console/live/share.ts'
import { createLiveUpdates, type LiveState, type LiveUpdates } from '../console/live/updates.ts'
import type { ConsoleUseCases, TryIt } from '../console/use-cases.ts'
import type { LedgerRow, Schema } from '../database/schema.ts'
import type { CheckResult } from '../health/assess.ts'
import { readTrust } from '../health/read-trust.ts'
import { countOpen } from '../ledger/dead-letters.ts'
import { countFacts } from '../ledger/read/count-facts.ts'
import { createReadFacts } from '../ledger/read/facts.ts'
import { createReadIntervalSums } from '../ledger/read/interval-sums.ts'
import { createOneAtATime } from '../ledger/read/one-at-a-time.ts'
import { readStats } from '../ledger/read/stats.ts'
import { readTotals } from '../ledger/read/totals.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import type { Marketing } from '../marketing/marketing.ts'
import { createSyncState } from '../stripe/sync/sync-state.ts'
import type { Core } from './core.ts'
import type { OpenedStripe } from './stripe.ts'
import type { ObservedWebhooks } from './webhooks.ts'

export interface ConsoleParts {
  readonly stripe: Pick<OpenedStripe, 'emulator'>
  readonly checkouts: Checkouts
  readonly marketing: Pick<Marketing, 'verbs'>
  readonly webhooks: Pick<ObservedWebhooks, 'readOutcomes'>
  readonly replay: ConsoleUseCases['deadLetters']['replay']
  /** Every plan of the contract. */
  readonly plans: readonly string[]
}

/** Comparing all facts with the totals takes a tenth of a second for ten million facts: open pages share it. */
const trustAgeMs = 1_000

/** The use cases of the operator's pages. */
export function openConsole(core: Core, parts: ConsoleParts): ConsoleUseCases {
  const { config, ledger, exposition } = core
  const { queries, identity, deadLetters } = ledger
  const readInTurn = createOneAtATime()
  const readIntervalSums = createReadIntervalSums(ledger, readInTurn)
  const syncState = createSyncState(queries, ledger.time.now)
  const unfiltered = { counter: undefined, label: undefined, currency: undefined }
  return {
    service: {
      mode: identity.mode,
      ledgerId: identity.ledgerId,
      version: manifest.version,
      plans: parts.plans,
      channels: [...config.channels.keys()],
      needsKey: config.apiKeys.length > 0,
    },
    readLiveState: () => readLiveState(queries),
    readTrust: share(async () => {
      const { version } = await readLiveState(queries)
      const trust = await readTrust({
        ledger,
        exposition,
        syncState,
        countFacts: () => countFacts(ledger, readInTurn),
        readOutcomes: parts.webhooks.readOutcomes,
        now: core.now,
        readChecks: (row) => readChecks(core, row),
      })
      return { version, ...trust }
    }, trustAgeMs),
    readStats: (range) => readStats(readIntervalSums, range, unfiltered),
    readFacts: createReadFacts(queries, readInTurn),
    deadLetters: { ...deadLetters, replay: parts.replay },
    marketing: parts.marketing.verbs,
    tryIt: tryItOf(core, parts),
  }
}

/** One reader of the ledger for all open pages. */
export function openLiveUpdates({ queries }: Pick<Ledger, 'queries'>): LiveUpdates {
  return createLiveUpdates(() => readLiveState(queries))
}

/** Whatever a page may show moves one of these. */
async function readLiveState(queries: Kysely<Schema>): Promise<LiveState> {
  const [totals, jobs, posts, letters, campaigns] = await Promise.all([
    readTotals(queries),
    queries.selectFrom('sync_state').select(['name', 'position', 'succeeded_at']).execute(),
    queries
      .selectFrom('posts')
      .select((select) => ['state', select.fn.countAll<number>().as('count')])
      .where('state', 'in', ['due', 'sending', 'unknown'])
      .groupBy('state')
      .execute(),
    countOpen(queries),
    queries
      .selectFrom('campaigns')
      .select((select) => [
        select.fn.countAll<number>().as('count'),
        select.fn.max('updated_at').as('changed_at'),
      ])
      .executeTakeFirst(),
  ])
  const all = JSON.stringify([totals, jobs, posts, letters, campaigns])
  const version = createHash('sha256').update(all).digest('base64url').slice(0, 16)
  return { version, counters: totals }
}

/** The checks of `npm run doctor` that do not ask Stripe; refused webhooks are read apart. */
async function readChecks(
  { config, gateway, ledger, now }: Core,
  row: LedgerRow,
): Promise<readonly CheckResult[]> {
  const context = {
    config,
    gateway,
    ledger: { queries: ledger.queries, row },
    hasLedger: true,
    ledgerFailure: undefined,
    now,
  }
  const results: CheckResult[] = []
  for (const check of checks.filter((one) => !one.asksStripe && one !== refusals))
    results.push(...(await check.look(context)))
  return results
}

function tryItOf(
  { config }: Core,
  { stripe: { emulator }, checkouts }: ConsoleParts,
): TryIt | undefined {
  if (emulator === undefined) return undefined
  return {
    shopUrl: emulator.url,
    plans: config.plans.map(({ plan }) => plan),
    startCheckout: async (plan, keyId) => {
      const caller = { keyId, idempotencyKey: undefined }
      return (await createCheckout({ plan, quantity: 1 }, caller, checkouts)).url
    },
  }
}
