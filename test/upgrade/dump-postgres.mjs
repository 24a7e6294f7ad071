import { Client } from 'pg'

/** The tables of a database as SQL text, one statement a line: Debian's pg_dump refuses a newer server. */
export async function dumpPostgres(url) {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const ask = async (text, values) => (await client.query(text, values)).rows
    const tables = await ask(
      `select oid, relname as name from pg_class
       where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname`,
    )
    const statements = []
    for (const table of tables) statements.push(...(await dumpTable(ask, table)))
    return `${statements.join(';\n')};\n`
  } finally {
    await client.end()
  }
}

async function dumpTable(ask, { oid, name }) {
  const columns = await ask(
    `select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required,
       pg_get_expr(adbin, adrelid) as fallback
     from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
     where attrelid = $1 and attnum > 0 and not attisdropped order by attnum`,
    [oid],
  )
  const constraints = await ask(
    `select pg_get_constraintdef(oid) as text from pg_constraint
     where conrelid = $1 and contype in ('p', 'u', 'c') order by conname`,
    [oid],
  )
  const indexes = await ask(
    `select pg_get_indexdef(indexrelid) as text from pg_index where indrelid = $1
     and not exists (select 1 from pg_constraint where conindid = indexrelid) order by 1`,
    [oid],
  )
  const parts = [
    ...columns.map(({ name, type, required, fallback }) =>
      [
        name,
        type,
        ...(required ? ['not null'] : []),
        ...(fallback === null ? [] : [`default ${fallback}`]),
      ].join(' '),
    ),
    ...constraints.map(({ text }) => text),
  ]
  const values = columns.map(({ name }) => `quote_nullable(${name}::text)`).join(`, ', ', `)
  const rows = await ask(`select concat(${values}) as text from ${name} order by 1`)
  const names = columns.map(({ name }) => name).join(', ')
  return [
    `create table ${name} (${parts.join(', ')})`,
    ...indexes.map(({ text }) => text),
    ...rows.map(({ text }) => `insert into ${name} (${names}) values (${text})`),
  ]
}
