import type { Generated, Selectable } from 'kysely'

/** The tables of the service's own alerts. */
export interface AlertsSchema {
  readonly alerts: AlertsTable
  readonly alert_outbox: AlertOutboxTable
}

/** The state of each condition that the alerter watches: its last episode, and what was told of it. */
interface AlertsTable {
  name: string
  held_since: number | null
  held_last: number | null
  fired_at: number | null
  over_at: number | null
  detail: string
  told: 'nothing' | 'firing' | 'over'
  /** Earlier values of what the condition counts, as JSON. */
  samples: string | null
  /** Incremented by each change, so that of two concurrent changes only the first takes effect. */
  revision: number
}

/** One row: the alert message that is on its way, if there is one, and when the next attempt may be made. */
interface AlertOutboxTable {
  id: 1
  message_id: string | null
  text: string | null
  /** JSON. */
  notices: string | null
  composed_at: number | null
  /** Of this message; 0 again once they are used up. */
  attempts: Generated<number>
  not_before: Generated<number>
  attempted_at: Generated<number>
  /** When the channel last confirmed a message. */
  sent_at: number | null
  /** Why the last attempt failed; null if it did not. */
  reason: string | null
}

export type AlertRow = Selectable<AlertsTable>
export type AlertOutboxRow = Selectable<AlertOutboxTable>
