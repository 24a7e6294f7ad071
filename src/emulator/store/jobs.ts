import type { Store } from './store.ts'

export type TaskKind = 'settle_payment' | 'settle_refund' | 'fail_refund' | 'expire_session'

export interface Task {
  readonly objectId: string
  readonly kind: TaskKind
}

/** What the sandbox will do by itself later: settle a payment or a refund, expire a session. */
export interface Tasks {
  add(task: Task, dueAtMs: number): void
  due(nowMs: number, limit: number): readonly Task[]
  remove(task: Task): void
  nextAtMs(): number | null
  wake(): void
  onWake(listener: () => void): void
}

/** Keeps the tasks in the sandbox's file. */
export function createTasks({ database }: Pick<Store, 'database'>): Tasks {
  const add = database.prepare('insert into tasks (object_id, kind, due_at) values (?, ?, ?)')
  const due = database.prepare(
    'select object_id, kind from tasks where due_at <= ? order by due_at limit ?',
  )
  const remove = database.prepare('delete from tasks where object_id = ? and kind = ?')
  const next = database.prepare('select due_at from tasks order by due_at limit 1')
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
        .map((row) => ({ objectId: String(row.object_id), kind: row.kind as TaskKind })),
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
