import type { Store } from '../store/store.ts'

type TruthKind = 'checkout' | 'success' | 'failed' | 'refunded' | 'refund_failed'

/** A record of what really happened, written independently of events, which may get lost. */
export interface Truth {
  /** `created` is that of the PaymentIntent, refund or Checkout Session, in whole seconds. */
  add(kind: TruthKind, key: string, created: number, label?: string): void
  /** Everything whose object was created at or after this second. */
  read(sinceSeconds: number, withIds: boolean): TruthReport
}

interface Tally {
  count: number
  ids?: string[]
}

interface TruthReport {
  /** Checkout Sessions by the plan in their metadata. */
  readonly checkouts: Record<string, Tally>
  /** By PaymentIntent; by charge, or by event where the attempt made no charge; by refund. */
  readonly payments: Record<'success' | 'failed' | 'refunded', Tally>
  /** Refunds that failed after they had succeeded; they are also counted as refunded. */
  readonly refunds_failed_later: Tally
}

/** Stores the record in the emulator's file. */
export function createTruth({ database }: Pick<Store, 'database'>): Truth {
  const add = database.prepare(
    'insert into truth (key, kind, label, created) values (?, ?, ?, ?) on conflict do nothing',
  )
  const counts = database.prepare(
    'select kind, label, count(*) as n from truth where created >= ? group by kind, label',
  )
  const ids = database.prepare('select kind, label, key from truth where created >= ? order by key')

  return {
    add: (kind, key, created, label = '') => {
      add.run(kind === 'refund_failed' ? `failed:${key}` : key, kind, label, created)
    },
    read: (sinceSeconds, withIds) => {
      const checkouts = new Map<string, Tally>()
      const report = {
        payments: { success: tally(), failed: tally(), refunded: tally() },
        refunds_failed_later: tally(),
      }
      const find = (kind: TruthKind, label: string): Tally => {
        if (kind === 'refund_failed') return report.refunds_failed_later
        if (kind !== 'checkout') return report.payments[kind]
        const found = checkouts.get(label) ?? tally()
        checkouts.set(label, found)
        return found
      }
      for (const row of counts.all(sinceSeconds))
        find(row.kind as TruthKind, String(row.label)).count = Number(row.n)
      for (const row of withIds ? ids.iterate(sinceSeconds) : []) {
        const found = find(row.kind as TruthKind, String(row.label))
        found.ids = found.ids ?? []
        found.ids.push(String(row.key).replace(/^failed:/, ''))
      }
      return { checkouts: Object.fromEntries(checkouts), ...report }
    },
  }
}

function tally(): Tally {
  return { count: 0 }
}
