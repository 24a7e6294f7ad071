/** The emulator's own file. `body` is the object as JSON; `group_key` is what else it is listed under. */
export const schema = `
  create table if not exists meta (key text primary key, value text not null) strict, without rowid;

  create table if not exists objects (
    seq integer primary key,
    id text not null unique,
    kind text not null,
    created integer not null,
    group_key text,
    visible_at integer not null,
    body text not null
  ) strict;
  create index if not exists objects_newest on objects (kind, created, seq);
  create index if not exists objects_group on objects (kind, group_key, created, seq)
    where group_key is not null;

  create table if not exists deliveries (
    id integer primary key,
    event_id text not null,
    attempt integer not null,
    next_at integer not null,
    endpoint text
  ) strict;
  create index if not exists deliveries_due on deliveries (next_at, id);
  create index if not exists deliveries_event on deliveries (event_id);

  create table if not exists jobs (
    object_id text not null,
    kind text not null,
    due_at integer not null,
    primary key (object_id, kind)
  ) strict, without rowid;
  create index if not exists jobs_due on jobs (due_at);

  create table if not exists idempotency (
    key text primary key,
    request text not null,
    status integer not null,
    answer text not null
  ) strict, without rowid;

  create table if not exists truth (
    key text primary key,
    kind text not null,
    label text not null,
    created integer not null
  ) strict, without rowid;
`
