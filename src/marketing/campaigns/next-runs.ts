import { createCronSchedule } from '../../time/cron-schedule.ts'
import { createZonedClock } from '../../time/zoned-clock.ts'
import type { Campaign } from './store.ts'

/** A future slot. */
export interface NextRun {
  readonly slot: number
  /** In the campaign's time zone: 2026-11-27T10:00:00+01:00. */
  readonly local: string
}

/** The first slots after `now`; none while the campaign is paused. Pure. */
export function nextRuns(
  campaign: Pick<Campaign, 'cron' | 'timeZone' | 'isPaused' | 'slotsThrough'>,
  now: number,
  countMax: number,
): readonly NextRun[] {
  if (campaign.isPaused) return []
  const clock = createZonedClock(campaign.timeZone)
  return createCronSchedule(campaign.cron, campaign.timeZone, now)
    .between(Math.max(now, campaign.slotsThrough), Number.MAX_SAFE_INTEGER, countMax)
    .map((slot) => ({ slot, local: toLocal(clock.at(slot), slot) }))
}

function toLocal(reading: number, slot: number): string {
  const minutes = Math.round((reading - slot) / 60_000)
  const digits = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0')
  const offset = `${minutes < 0 ? '-' : '+'}${digits(Math.abs(minutes) / 60)}:${digits(minutes % 60)}`
  return `${new Date(reading).toISOString().slice(0, 19)}${offset}`
}
