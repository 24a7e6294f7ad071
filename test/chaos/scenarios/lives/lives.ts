import { join } from 'node:path'
import { sql } from 'kysely'
import { createRecorder } from '../../../../instrumentation/business/recorder.ts'
import { migrate } from '../../../../src/database/migrate.ts'
import { openDatabase } from '../../../../src/database/open.ts'
import { openIdentity } from '../../../../src/ledger/identity.ts'
import { createLedger } from '../../../../src/ledger/record/ledger.ts'
import { ingestEvent } from '../../../../src/stripe/facts/ingest.ts'
import type { IngestContext } from '../../../../src/stripe/facts/ingest-context.ts'
import { objectReaders } from '../../../../src/stripe/facts/object-registry.ts'
import { readListed, recordListed } from '../../../../src/stripe/facts/read-listed.ts'
import type { Random } from '../../../support/random.ts'
import { inMemory } from '../../harness/in-memory.ts'
import type { ChaosRun, Scenario } from '../../harness/scenario.ts'
import { createPaymentLife, type PaymentLife } from './payment-life.ts'

/** How many lives go on at once, so that they share commits as webhooks do. */
const livesAtOnce = 100
const beganAt = Date.UTC(2026, 0, 1)

type Step = (context: IngestContext) => Promise<unknown>

/** Every payment's life, reported in any order by webhooks of any version, the sweep and the lists. */
export const lives: Scenario = {
  name: 'lives',
  summary: "any interleaving of webhooks, sweep and lists of a payment's life counts it once",
  engines: ['sqlite', 'postgres'],
  rounds: { small: 300, full: 10_000 },
  run: async (chaos) => {
    const { random, rounds: count } = chaos
    const ledger = await openLedgerFor(chaos)
    const told: { readonly life: PaymentLife; readonly isComplete: boolean }[] = []
    let steps = 0
    for (let first = 0; first < count; first += livesAtOnce)
      await Promise.all(
        Array.from({ length: Math.min(livesAtOnce, count - first) }, async (_, index) => {
          const life = createPaymentLife(random, first + index, beganAt / 1000 + 10)
          const isComplete = random.chance(0.6)
          told[first + index] = { life, isComplete }
          const way = stepsOf(life, random, isComplete)
          steps += way.length
          await ledger.tell(life, way)
        }),
      )
    const facts = await ledger.readFacts()
    const violations = [
      ...told.flatMap(({ life, isComplete }, number) =>
        checkLife(number, life, facts.get(number) ?? [], isComplete),
      ),
      ...(await ledger.checkTotals()),
    ]
    const complete = told.filter(({ isComplete }) => isComplete).length
    const counted = [...facts.values()].flat().length
    return {
      figures: { lives: count, complete, steps, facts: counted },
      violations: violations.slice(0, 20),
    }
  },
}

/** The reports of a life: every event at least once where it is complete, else some of them. */
function stepsOf(life: PaymentLife, random: Random, isComplete: boolean): readonly Step[] {
  const byEvent = life.events.flatMap((event): Step[] => {
    if (!isComplete && random.chance(0.4)) return []
    const sources: readonly ('webhook' | 'sweep')[] = random.pick([
      ['webhook'],
      ['sweep'],
      ['webhook', 'sweep', 'webhook'],
    ])
    return sources.map((source) => {
      const body = random.pick([event, life.oldEvents.get(event.id) ?? event])
      return (context) => ingestEvent(body, source, context, () => 'none')
    })
  })
  const listed = { charges: life.charges, refunds: life.refunds, checkout_sessions: [] }
  const byList = objectReaders.flatMap((reader) =>
    listed[reader.list]
      .filter(() => random.chance(0.5))
      .map(
        (object): Step =>
          async (context) => {
            const fact = await readListed(object, reader, 'reconcile', context)
            return fact && recordListed(context, fact)
          },
      ),
  )
  return random.shuffle([...byEvent, ...byList])
}

interface RecordedFact {
  readonly label: string
  readonly amount_minor: number | null
}

function checkLife(
  number: number,
  { expected }: PaymentLife,
  facts: readonly RecordedFact[],
  isComplete: boolean,
): string[] {
  return (['success', 'failed', 'refunded'] as const).flatMap((label) => {
    const amounts = facts.filter((fact) => fact.label === label).map((fact) => fact.amount_minor)
    const wanted = [...expected[label]]
    const extra = amounts.filter((amount) => {
      const at = wanted.indexOf(amount ?? -1)
      if (at >= 0) wanted.splice(at, 1)
      return at < 0
    })
    const holds = extra.length === 0 && (!isComplete || wanted.length === 0)
    return holds
      ? []
      : [`life ${number}, ${label}: counted ${amounts}, happened ${expected[label]}`]
  })
}

async function openLedgerFor(chaos: ChaosRun) {
  const { engine, stack } = chaos
  const location =
    engine === 'sqlite'
      ? ({ engine, path: join(inMemory(chaos.folder, stack), 'lives.db') } as const)
      : ({ engine, url: await postgresUrl(stack) } as const)
  const database = await openDatabase(location)
  stack.defer(() => database.close())
  const { queries } = database
  await migrate(queries, engine)
  const identity = await openIdentity(queries, {
    mode: 'test',
    account: 'acct_1',
    clock: () => sql<number>`${beganAt}`,
    stripeNow: beganAt,
    createLedgerId: () => 'lives',
  })
  const now = () => beganAt + 1000
  // Two replicas on PostgreSQL; on SQLite a ledger has one process.
  const ledgers = (engine === 'sqlite' ? [0] : [0, 1]).map((shard) =>
    createLedger({
      database,
      shards: [shard, shard + 8],
      identity,
      now,
      onCommitted: () => undefined,
    }),
  )
  const dead: string[] = []
  const contextOf = (life: PaymentLife, replica: number): IngestContext => {
    const ledger = ledgers[replica % ledgers.length]
    if (ledger === undefined) throw new RangeError('a ledger has a replica')
    return {
      recorder: createRecorder({ record: ledger.record, plans: ['starter'] }),
      ledgerId: identity.ledgerId,
      mode: 'test',
      keepDeadLetter: async ({ id, reason }) => void dead.push(`${id}: ${reason}`),
      refunds: {
        retrieveCharge: async (id) => life.chargesById.get(id),
        listRefunds: async (id) => life.refunds.filter(({ charge }) => Object(charge).id === id),
      },
      hasFact: ledger.hasFact,
      readAccount: async () => 'acct_1',
      onIgnored: () => undefined,
    }
  }
  return {
    /** Some steps one after the other, some at once. */
    tell: async (life: PaymentLife, steps: readonly Step[]): Promise<void> => {
      for (let at = 0; at < steps.length; at += 3)
        await Promise.all(
          steps.slice(at, at + 3).map((step, index) => step(contextOf(life, at + index))),
        )
    },
    /** By the number of their life, which every id of it carries. */
    readFacts: async (): Promise<ReadonlyMap<number, readonly RecordedFact[]>> => {
      const rows = await queries
        .selectFrom('facts')
        .select(['key', 'label', 'amount_minor'])
        .execute()
      return Map.groupBy(rows, ({ key }) => Number(/_L(\d+)_/.exec(key)?.[1]))
    },
    checkTotals: async (): Promise<readonly string[]> => {
      const totals = (await ledgers[0]?.readTotals()) ?? []
      const rows = await queries.selectFrom('facts').select('label').execute()
      return [
        ...totals
          .map(({ label, total }) => ({
            label,
            total,
            facts: rows.filter((row) => row.label === label).length,
          }))
          .filter(({ total, facts }) => total !== facts)
          .map(({ label, total, facts }) => `${label}: ${facts} facts and a total of ${total}`),
        ...dead.map((letter) => `a dead letter: ${letter}`),
      ]
    },
  }
}

async function postgresUrl(stack: AsyncDisposableStack): Promise<string> {
  const { postgresPlace } = await import('../../harness/postgres.ts')
  return (await postgresPlace(stack)).url
}
