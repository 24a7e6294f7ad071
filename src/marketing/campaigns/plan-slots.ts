import type { CronSchedule } from '../../time/cron-schedule.ts'

/** The slots of a campaign that came up, and where its cursor goes. */
export interface SlotPlan {
  /** To be posted, oldest first. */
  readonly due: readonly number[]
  /** Came up so long ago that posting them now would mislead. */
  readonly missed: readonly number[]
  readonly slotsThrough: number
  /** The first slot after `slotsThrough`; not after `now` when `countMax` left some for the next look. */
  readonly nextSlotAt: number | null
}

export interface SlotWindow {
  /** Slots up to and including this instant have been looked at. */
  readonly slotsThrough: number
  readonly now: number
  /** How long after its instant a slot may still be posted. */
  readonly graceMs: number
  readonly countMax: number
}

/** What came up since the last look, whatever kept the process from looking. Pure. */
export function planSlots(schedule: CronSchedule, window: SlotWindow): SlotPlan {
  const { now, graceMs, countMax } = window
  const slots = schedule.between(window.slotsThrough, now, countMax)
  const last = slots.at(-1)
  const slotsThrough =
    slots.length === countMax && last !== undefined ? last : Math.max(window.slotsThrough, now)
  const oldestInGrace = now - graceMs
  return {
    due: slots.filter((slot) => slot >= oldestInGrace),
    missed: slots.filter((slot) => slot < oldestInGrace),
    slotsThrough,
    nextSlotAt: schedule.next(slotsThrough),
  }
}
