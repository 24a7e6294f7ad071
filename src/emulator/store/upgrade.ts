import type { DatabaseSync } from 'node:sqlite'

/**
 * Gives what an earlier version kept its present names, all of it in one transaction: the table of jobs,
 * their kinds, and how a payment under way will end.
 */
export function upgradeStore(database: DatabaseSync): void {
  const tasks = database.prepare(
    "select 1 from sqlite_schema where type = 'table' and name = 'tasks'",
  )
  if (tasks.get() === undefined) return
  database.exec('begin immediate')
  try {
    database.exec(statements)
    database.exec('commit')
  } catch (cause) {
    database.exec('rollback')
    throw cause
  }
}

const statements = `
  insert or ignore into jobs (object_id, kind, due_at)
    select object_id,
      case kind when 'settle_payment' then 'finish_payment' when 'settle_refund' then 'finish_refund' else kind end,
      due_at
    from tasks;
  drop table tasks;
  update objects
    set body = json_remove(
      json_set(body, '$."$".endsAs', json_extract(body, '$."$".settlesAs')), '$."$".settlesAs')
    where kind = 'payment_intent' and json_extract(body, '$."$".settlesAs') is not null;
`
