import { ListFault, type PageStart, type StripePage } from '../client/lists.ts'
import type { Pacing } from '../client/pacing.ts'
import { forEachPage } from '../client/paginate.ts'
import { keepPageStart, toPageStart } from './page-start.ts'
import type { SweepProgress, SweepWindow } from './sweep-progress.ts'
import type { SyncContext } from './sync-context.ts'

/** A list that the sweep reads. */
export interface SweptList {
  /** The name of its progress. */
  readonly name: string
  /** The types it requests: a window of other types starts over. */
  readonly types: readonly string[]
  readonly fetch: (query: PageStart & { createdFromSeconds: number }) => Promise<StripePage>
  /** Resolves after everything on the page has been committed or stored as a dead letter. */
  readonly take: (page: StripePage) => Promise<void>
}

type SweepWork = Pick<SyncContext, 'log' | 'readGenesis' | 'stripeClock'>

/** A window whose end is not known before its first page. */
type OpenWindow = Omit<SweepWindow, 'to' | 'next'> & { to?: number | null }

/** How long before its position a list is read again, in milliseconds. */
export const overlapMs = 3_600_000
/** Stripe's lists lag behind: younger objects may still be missing. */
const lagMs = 60_000
const dayMs = 86_400_000
const warnAgeMs = 25 * dayMs

/**
 * Reads a list from an hour before its position, after an interrupted window, if any. Progress is saved
 * after every page, so that the next sweep continues there. The position moves when a
 * window has been read to its end. Returns the start of the range, in milliseconds. Rejects if
 * Stripe or the ledger fails, and with a `ListFault`.
 */
export async function sweepList(
  work: SweepWork,
  list: SweptList,
  progress: SweepProgress,
  pacing: Pacing,
): Promise<number> {
  const broken = progress.of(list.name).window
  const reading = { work, list, progress, pacing, genesis: await work.readGenesis() }
  warnOfAge(work, positionOf(reading))
  try {
    if (broken !== null && String(broken.types) === String(list.types))
      await readWindow(reading, broken, toPageStart(broken.next))
    const since = Math.max(0, positionOf(reading) - overlapMs)
    await readWindow(reading, { since, types: [...list.types] })
    return Math.min(broken?.since ?? since, since)
  } catch (cause) {
    if (cause instanceof ListFault) await keepFault(work, list, progress, cause.message)
    throw cause
  }
}

interface Reading {
  readonly work: SweepWork
  readonly list: SweptList
  readonly progress: SweepProgress
  readonly pacing: Pacing
  readonly genesis: number
}

/** A position a day ahead comes from a wrong clock and is ignored: everything is read again. */
function positionOf({ work, list, progress, genesis }: Reading): number {
  const { position } = progress.of(list.name)
  return position === null || position > work.stripeClock.now() + dayMs ? genesis : position
}

async function readWindow(reading: Reading, window: OpenWindow, from?: PageStart): Promise<void> {
  const { work, list, progress, pacing } = reading
  const { since, types } = window
  const { fault } = progress.of(list.name)
  const position = positionOf(reading)
  let { to } = window

  const take = async (page: StripePage): Promise<void> => {
    await list.take(page)
    to = endOf(work, page, to)
    const next = keepPageStart(page.next)
    if (next === null) return
    await progress.save(list.name, { position, window: { since, to, types, next }, fault })
  }

  const createdFromSeconds = Math.floor(since / 1000)
  await forEachPage((start) => list.fetch({ createdFromSeconds, ...start }), take, pacing, from)
  if (to === undefined || to === null) {
    await progress.save(list.name, { position, window: null, fault })
    throw new ListFault(
      `the dates of Stripe's responses to the list of ${list.name} are more than a day from this machine's clock: set the clock (NTP), or check the proxies between this machine and Stripe`,
    )
  }
  await progress.save(list.name, {
    position: Math.max(position, to),
    window: null,
    fault: null,
  })
}

/** The window ends at the date of its first page. If any page has an implausible date, the end is unknown. */
function endOf(
  { stripeClock }: SweepWork,
  { stripeNow }: StripePage,
  to: number | null | undefined,
): number | null {
  if (stripeNow !== null && !stripeClock.believes(stripeNow)) return null
  return to === undefined ? (stripeNow ?? stripeClock.now()) - lagMs : to
}

async function keepFault(
  { log }: SweepWork,
  { name }: SweptList,
  progress: SweepProgress,
  fault: string,
): Promise<void> {
  const before = progress.of(name)
  if (before.fault === fault) return
  log.warn(
    { list: name, reason: fault },
    'a list of Stripe does not end as it should: its cursor stays',
  )
  await progress.save(name, { ...before, fault })
}

function warnOfAge({ stripeClock, log }: SweepWork, position: number): void {
  const ageMs = stripeClock.now() - position
  if (ageMs > warnAgeMs)
    log.warn(
      { days: Math.floor(ageMs / dayMs) },
      'the last complete sweep reached a point more than 25 days ago and Stripe lists events for 30: only the reconcile finds older payments, and nothing finds older attempts without a charge',
    )
}
