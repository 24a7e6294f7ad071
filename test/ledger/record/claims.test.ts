import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Engine } from '../../../src/database/engine.ts'
import { migrate } from '../../../src/database/migrate.ts'
import type { Fact } from '../../../src/ledger/fact.ts'
import { paymentKey } from '../../../src/ledger/fact-key.ts'
import type { FailedAttempt } from '../../../src/ledger/record/failed-attempt.ts'
import type { Ledger } from '../../../src/ledger/record/ledger.ts'
import { createLedger } from '../../../src/ledger/record/ledger.ts'
import { payment } from '../../support/facts.ts'
import { createAttempts } from '../../support/failed-attempts.ts'
import { engines, openTestLedger } from '../../support/open-test-ledger.ts'
import { createRandom } from '../../support/random.ts'

const seed = Date.now() % 1_000_000

function told(attempt: FailedAttempt): Fact {
  const key = paymentKey('failed', attempt.charge?.id ?? attempt.eventId)
  return payment('x', 'failed', { key, evidence: attempt.eventId, attempt })
}

function listed(chargeId: string): Fact {
  return payment('x', 'failed', { key: paymentKey('failed', chargeId), evidence: chargeId })
}

function attempt(
  eventId: string,
  charge: FailedAttempt['charge'],
  changes: Partial<FailedAttempt> = {},
): FailedAttempt {
  const requestId = `req_${eventId}`
  return {
    eventId,
    paymentIntent: 'pi_1',
    requestId,
    createdSeconds: 1,
    charge,
    error: null,
    ...changes,
  }
}

async function failures(ledger: Ledger): Promise<number> {
  const totals = await ledger.readTotals()
  return totals.find(({ label }) => label === 'failed')?.total ?? 0
}

/** Two replicas of one ledger on PostgreSQL, the one process on SQLite. */
async function openReplicas(engine: Engine): Promise<readonly [Ledger, Ledger]> {
  const { ledger, database } = await openTestLedger(engine)
  if (engine === 'sqlite') return [ledger, ledger]
  const other = createLedger({
    database,
    shards: [1, 9],
    identity: ledger.identity,
    now: Date.now,
    onCommitted: () => undefined,
  })
  return [ledger, other]
}

describe.each(engines)('failed attempts on %s', (engine) => {
  test('lives of one to five attempts count each attempt once', async () => {
    process.stdout.write(`seed ${seed}\n`)
    const replicas = await openReplicas(engine)
    const random = createRandom(seed)
    const lives = Array.from({ length: 150 }, (_, life) => createAttempts(random, life))
    const reports = lives.flatMap((attempts) => {
      const isListed = random.chance(0.5)
      return attempts.flatMap(({ events, ownCharge }) => [
        ...events.flatMap((event) =>
          random.chance(0.3) ? [told(event), told(event)] : told(event),
        ),
        ...(ownCharge !== null && isListed ? [listed(ownCharge)] : []),
      ])
    })
    const recorded = await Promise.all(
      random.shuffle(reports).map((fact) => random.pick(replicas).record(fact)),
    )
    const happened = lives.flat().length
    expect(recorded.filter((outcome) => outcome === 'new')).toHaveLength(happened)
    expect(await failures(replicas[0])).toBe(happened)
  })

  test('an event and a list report one attempt, whichever comes first', async () => {
    const [ledger] = await openReplicas(engine)
    const card = told(attempt('evt_card', { id: 'ch_1', namedAs: 'error' }))
    const debit = told(attempt('evt_debit', { id: 'py_1', namedAs: 'latest' }))
    expect(await ledger.record(listed('ch_1'))).toBe('new')
    expect(await ledger.record(card)).toBe('duplicate')
    expect(await ledger.record(debit)).toBe('new')
    expect(await ledger.record(listed('py_1'))).toBe('duplicate')
    expect(await failures(ledger)).toBe(2)
  })

  test('five attempts that name one charge count as five, including the one that made the charge', async () => {
    const [ledger] = await openReplicas(engine)
    const later = ['a', 'b', 'c', 'd'].map((id) =>
      told(attempt(`evt_${id}`, { id: 'ch_1', namedAs: 'latest' })),
    )
    const card = told(attempt('evt_card', { id: 'ch_1', namedAs: 'error' }))
    await Promise.all([...later, card, listed('ch_1')].map((fact) => ledger.record(fact)))
    expect(await failures(ledger)).toBe(5)
  })

  test('two events that Stripe generated for one attempt are one', async () => {
    const [one, other] = await openReplicas(engine)
    const twins = [
      [
        attempt('evt_1', null, { requestId: 'req_1' }),
        attempt('evt_2', null, { requestId: 'req_1' }),
      ],
      [attempt('evt_3', null, { requestId: null }), attempt('evt_4', null, { requestId: null })],
    ]
    for (const [first, second] of twins)
      if (first !== undefined && second !== undefined)
        await Promise.all([one.record(told(first)), other.record(told(second))])
    expect(await failures(one)).toBe(2)
  })

  test('a ledger of before has its failed attempts as claims', async () => {
    const { ledger, database } = await openTestLedger(engine)
    const { queries } = database
    const old = [
      payment('ch_card', 'failed', { evidence: 'evt_card' }),
      payment('evt_refused', 'failed', { evidence: 'evt_refused' }),
      payment('ch_listed', 'failed', { evidence: 'ch_listed' }),
    ]
    for (const fact of old) await ledger.record(fact)
    const later = [
      'failed_attempts',
      'attempt_charges',
      'drift_candidates',
      'alerts',
      'alert_outbox',
    ]
    for (const table of later) await sql.raw(`drop table ${table}`).execute(queries)
    for (const column of ['mode', 'source', 'dismissed_at'])
      await sql.raw(`alter table dead_letters drop column ${column}`).execute(queries)
    await sql`drop index dead_letters_newest`.execute(queries)
    await sql`drop index posts_by_state`.execute(queries)
    await sql`alter table ledger drop column started_at`.execute(queries)
    await sql`alter table ledger drop column checks`.execute(queries)
    await sql`drop table checkout_terms`.execute(queries)
    await sql`alter table sync_state drop column progress`.execute(queries)
    await sql`delete from kysely_migration where name >= '0004'`.execute(queries)
    await migrate(queries, engine)
    const again = [
      attempt('evt_card', { id: 'ch_card', namedAs: 'error' }),
      attempt('evt_card_twin', { id: 'ch_card', namedAs: 'error' }),
      attempt('evt_refused', { id: 'ch_card', namedAs: 'latest' }),
      attempt('evt_listed', { id: 'ch_listed', namedAs: 'error' }),
    ]
    for (const one of again) expect(await ledger.record(told(one))).toBe('duplicate')
    expect(
      await ledger.record(told(attempt('evt_new', { id: 'ch_card', namedAs: 'latest' }))),
    ).toBe('new')
    expect(await failures(ledger)).toBe(4)
  })
})
