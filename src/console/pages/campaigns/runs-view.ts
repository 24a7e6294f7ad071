import { html } from 'hono/html'
import type { NextRun } from '../../../marketing/campaigns/next-runs.ts'
import { followsClock } from '../../../time/cron-schedule.ts'
import { createZonedClock } from '../../../time/zoned-clock.ts'
import { instant } from '../../format.ts'
import type { Html } from '../../page.ts'

interface Schedule {
  readonly cron: string
  readonly timeZone: string
}

/** The next slots in the campaign's time zone, and what a change of its clocks does to them. */
export function runsView(runs: readonly NextRun[], schedule: Schedule, now: number): Html {
  return html`
<ol class="runs">${runs.map(
    ({ slot, local }) => html`
  <li><time datetime="${local}">${weekday(local)} ${local.slice(0, 10)} ${local.slice(11, 16)}</time>
  <span class="soft">${local.slice(19)}, ${instant(slot)} UTC</span></li>`,
  )}</ol>
<p class="soft">${clockText(schedule, now)}</p>`
}

/** A local time, such as 2026-11-27T10:00:00+01:00, as its weekday. */
function weekday(local: string): string {
  const day = Date.parse(`${local.slice(0, 10)}T00:00:00Z`)
  return new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' }).format(day)
}

const yearMs = 366 * 86_400_000

function clockText({ cron, timeZone }: Schedule, now: number): string {
  const clock = createZonedClock(timeZone)
  const change = clock.change(now, now + yearMs)
  if (change === null) return `The clocks of ${timeZone} do not change in the next year.`
  const isForward = clock.at(change) - change > clock.at(change - 1) - (change - 1)
  const day = new Date(clock.at(change)).toISOString().slice(0, 10)
  return `The clocks of ${timeZone} go ${isForward ? 'forward' : 'back'} on ${day}. ${ruleOf(cron)}`
}

function ruleOf(cron: string): string {
  return followsClock(cron)
    ? 'This pattern follows the clock, since its minute or hour begins with *: nothing is posted in the hour that is skipped, and the hour that comes twice posts twice.'
    : 'A time that is skipped is posted once, right after the clocks went forward; a time that comes twice is posted the first time.'
}

/** An instant in a time zone, to the minute; in UTC if the zone is no longer known. */
export function localTime(instantMs: number, timeZone: string): Html {
  const iso = new Date(instantMs).toISOString()
  return html`<time datetime="${iso}" title="${iso}">${readingOf(instantMs, timeZone)}</time>`
}

function readingOf(instantMs: number, timeZone: string): string {
  const show = (reading: number, zone: string) =>
    `${new Date(reading).toISOString().slice(0, 16).replace('T', ' ')} ${zone}`
  try {
    return show(createZonedClock(timeZone).at(instantMs), timeZone)
  } catch {
    return show(instantMs, 'UTC')
  }
}
