import type { Store } from './store.ts'

export type JobKind =
  | 'finish_payment'
  | 'finish_refund'
  | 'fail_refund'
  | 'expire_hold'
  | 'expire_session'

export interface Job {
  readonly objectId: string
  readonly kind: JobKind
}

/** What the emulator will do later: settle a payment or a refund, expire a session. */
export interface Jobs {
  add(job: Job, dueAtMs: number): void
  due(nowMs: number, limit: number): readonly Job[]
  remove(job: Job): void
  nextAtMs(): number | null
  wake(): void
  onWake(listener: () => void): void
}

/** Stores the jobs in the emulator's file. */
export function createJobs({ database }: Pick<Store, 'database'>): Jobs {
  const add = database.prepare('insert into jobs (object_id, kind, due_at) values (?, ?, ?)')
  const due = database.prepare(
    'select object_id, kind from jobs where due_at <= ? order by due_at limit ?',
  )
  const remove = database.prepare('delete from jobs where object_id = ? and kind = ?')
  const next = database.prepare('select due_at from jobs order by due_at limit 1')
  let listener = () => {}
  let known: number | null | undefined

  return {
    add: ({ objectId, kind }, dueAtMs) => {
      add.run(objectId, kind, dueAtMs)
      known = undefined
    },
    due: (nowMs, limit) =>
      due
        .all(nowMs, limit)
        .map((row) => ({ objectId: String(row.object_id), kind: row.kind as JobKind })),
    remove: ({ objectId, kind }) => {
      remove.run(objectId, kind)
      known = undefined
    },
    nextAtMs: () => {
      if (known === undefined) {
        const row = next.get()
        known = row ? Number(row.due_at) : null
      }
      return known
    },
    wake: () => listener(),
    onWake: (next) => {
      listener = next
    },
  }
}
