import type { DatabaseSync } from 'node:sqlite'

/**
 * Renames what an earlier version stored, in one transaction: the table of jobs, their kinds, and how a payment
 * in progress will end. Deliveries may name an endpoint.
 */
export function upgradeStore(database: DatabaseSync): void {
  const tasks = database.prepare(
    "select 1 from sqlite_schema where type = 'table' and name = 'tasks'",
  )
  if (tasks.get() !== undefined) runTogether(database, statements)
  const noted = database.prepare("select 1 from meta where key = 'notes'")
  if (noted.get() === undefined) runTogether(database, notes)
  const columns = database.prepare(
    "select 1 from pragma_table_info('deliveries') where name = 'endpoint'",
  )
  if (columns.get() === undefined) database.exec('alter table deliveries add column endpoint text')
}

function runTogether(database: DatabaseSync, script: string): void {
  database.exec('begin immediate')
  try {
    database.exec(script)
    database.exec('commit')
  } catch (cause) {
    database.exec('rollback')
    throw cause
  }
}

/** Adds data that later versions store with an object to those stored without it. */
const notes = `
  update objects set body = json_set(body, '$."$"', json('{"released":0}'))
    where kind = 'charge' and json_extract(body, '$."$"') is null;
  update objects set body = json_set(body, '$."$".invoice', null)
    where kind = 'payment_intent' and json_type(body, '$."$".invoice') is null;
  update objects set body = json_set(body, '$."$".paymentIntent', null)
    where kind = 'invoice' and json_type(body, '$."$".paymentIntent') is null;
  update objects
    set body = json_set(body, '$."$".subscriptionData', json('{"metadata":{},"trialDays":null}'))
    where kind = 'checkout_session' and json_type(body, '$."$".subscriptionData') is null;
  update objects set body = json_set(body, '$.latest_invoice', null)
    where kind = 'subscription' and json_type(body, '$.latest_invoice') is null;
  insert or ignore into meta (key, value) values ('notes', 'holds, renewals');
`

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
