import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import type { AlertCondition, AlertReadings } from './condition.ts'
import { alertConditions } from './conditions.ts'
import { advance, toTell } from './episode.ts'
import type { Notice } from './message.ts'
import type { CurrentReadings } from './readings.ts'
import { addSample, riseOf, type Samples } from './samples.ts'
import { readAlerts, type StoredAlert, saveAlert } from './store.ts'
import { rejectedName, rejectionWindowMs } from './webhook-conditions.ts'

/**
 * Evaluates every condition and stores what changed. Resolves with the alerts as they are now; one that another
 * process changed at the same time is left out.
 */
export async function lookAtConditions(
  queries: Kysely<Schema>,
  read: CurrentReadings,
): Promise<readonly StoredAlert[]> {
  const stored = await readAlerts(
    queries,
    alertConditions.map(({ name }) => name),
  )
  const samples = addSample(samplesOf(stored), read.totalRejected, read.now, rejectionWindowMs)
  const readings: AlertReadings = { ...read, rejectedCount: riseOf(samples) }
  const current: StoredAlert[] = []
  for (const alert of stored) {
    const condition = conditionOf(alert)
    const episode = advance(alert.episode, condition.find(readings), condition, readings.now)
    const next = { ...alert, episode, samples: alert.name === rejectedName ? samples : [] }
    if (JSON.stringify(next) === JSON.stringify(alert)) current.push(alert)
    else if (await saveAlert(queries, next)) current.push({ ...next, revision: alert.revision + 1 })
  }
  return current
}

/** What has to be told of the alerts. */
export function noticesOf(alerts: readonly StoredAlert[]): readonly Notice[] {
  return alerts.flatMap((alert) => {
    const { episode } = alert
    const tells = toTell(episode)
    return tells === undefined ? [] : [{ condition: conditionOf(alert), episode, tells }]
  })
}

function samplesOf(alerts: readonly StoredAlert[]): Samples {
  return alerts.find(({ name }) => name === rejectedName)?.samples ?? []
}

function conditionOf({ name }: StoredAlert): AlertCondition {
  const condition = alertConditions.find((one) => one.name === name)
  if (condition === undefined) throw new RangeError(`there is no condition ${name}`)
  return condition
}
