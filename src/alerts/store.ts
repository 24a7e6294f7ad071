import type { Kysely } from 'kysely'
import type { AlertRow } from '../database/alerts-schema.ts'
import type { Schema } from '../database/schema.ts'
import { type Episode, noEpisode } from './episode.ts'
import { parseSamples, type Samples } from './samples.ts'

/** A condition's episode as it is stored, so that it outlives a restart and a change of the leader. */
export interface StoredAlert {
  readonly name: string
  readonly episode: Episode
  /** Earlier values of what the condition counts. */
  readonly samples: Samples
  /** 0 if it is not stored yet. */
  readonly revision: number
}

/** Reads the alerts of these names, in their order. */
export async function readAlerts(
  queries: Kysely<Schema>,
  names: readonly string[],
): Promise<readonly StoredAlert[]> {
  const rows = await queries.selectFrom('alerts').selectAll().execute()
  return names.map((name) => {
    const row = rows.find((one) => one.name === name)
    return row === undefined ? { name, episode: noEpisode, samples: [], revision: 0 } : toAlert(row)
  })
}

/** Resolves after the commit with whether it was stored: false if another process changed the alert since it was read. */
export async function saveAlert(queries: Kysely<Schema>, alert: StoredAlert): Promise<boolean> {
  const { name, episode, samples, revision } = alert
  const values = {
    held_since: episode.heldSince,
    held_last: episode.heldLast,
    fired_at: episode.firedAt,
    over_at: episode.overAt,
    detail: episode.detail,
    told: episode.told,
    samples: samples.length === 0 ? null : JSON.stringify(samples),
    revision: revision + 1,
  }
  const saved =
    revision === 0
      ? await queries
          .insertInto('alerts')
          .values({ name, ...values })
          .onConflict((conflict) => conflict.column('name').doNothing())
          .returning('name')
          .executeTakeFirst()
      : await queries
          .updateTable('alerts')
          .set(values)
          .where('name', '=', name)
          .where('revision', '=', revision)
          .returning('name')
          .executeTakeFirst()
  return saved !== undefined
}

function toAlert(row: AlertRow): StoredAlert {
  return {
    name: row.name,
    episode: {
      heldSince: row.held_since,
      heldLast: row.held_last,
      firedAt: row.fired_at,
      overAt: row.over_at,
      detail: row.detail,
      told: row.told,
    },
    samples: parseSamples(row.samples),
    revision: row.revision,
  }
}
