import type { CronSchedule } from '../../time/cron-schedule.ts'

/** A campaign's slots since the last pass, and its new cursor. */
export interface SlotPlan {
  /** To be posted, oldest first. */
  readonly due: readonly number[]
  /** Too long ago to be posted now. */
  readonly missed: readonly number[]
  readonly slotsThrough: number
  /** The first slot after `slotsThrough`; at or before `now` if `countMax` left some for the next pass. */
  readonly nextSlotAt: number | null
}

export interface SlotWindow {
  /** Slots up to and including this instant have been handled. */
  readonly slotsThrough: number
  readonly now: number
  /** How long after its instant a slot may still be posted. */
  readonly graceMs: number
  readonly countMax: number
}

/** The slots since the last pass, however long ago that was. Pure. */
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
