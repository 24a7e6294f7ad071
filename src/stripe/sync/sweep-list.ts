import { ListFault, type PageStart, type StripePage } from '../client/lists.ts'
import type { Pacing } from '../client/pacing.ts'
import { forEachPage } from '../client/paginate.ts'
import { keepPageStart, toPageStart } from './page-start.ts'
import type { SweepProgress, SweepWindow } from './sweep-progress.ts'
import type { SyncContext } from './sync-context.ts'

/** A list that the sweep reads. */
export interface SweptList {
  /** What its progress is kept under. */
  readonly name: string
  /** What it is asked for: a window of other types is begun anew. */
  readonly types: readonly string[]
  readonly fetch: (query: PageStart & { createdFromSeconds: number }) => Promise<StripePage>
  /** Resolves after everything on the page has been committed or kept as a dead letter. */
  readonly take: (page: StripePage) => Promise<void>
}

/** A window whose end is not known before its first page. */
type OpenWindow = Omit<SweepWindow, 'to' | 'next'> & { to?: number | null }

const overlapMs = 3_600_000
/** Stripe's lists lag behind: what is younger may still be missing in them. */
const lagMs = 60_000
const dayMs = 86_400_000
const warnAgeMs = 25 * dayMs

/**
 * Reads a list from an hour before its position on, after the window that broke off, if one did. Every
 * page that was taken is written down, so that the next sweep goes on there. The position moves when a
 * window has been read to its end. Answers since when it has read, in milliseconds. Rejects when
 * Stripe or the ledger cannot go on, and with a `ListFault`.
 */
export async function sweepList(
  work: SyncContext,
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
  readonly work: SyncContext
  readonly list: SweptList
  readonly progress: SweepProgress
  readonly pacing: Pacing
  readonly genesis: number
}

/** A position a day ahead, written by a clock that was ahead, says nothing: all is read again. */
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
      `the dates of Stripe's answers to the list of ${list.name} are more than a day from this machine's clock: set the clock (NTP), or look at what stands between this machine and Stripe`,
    )
  }
  await progress.save(list.name, {
    position: Math.max(position, to),
    window: null,
    fault: null,
  })
}

/** The window ends at its first page's date; one date that is not believed, and its end proves nothing. */
function endOf(
  { stripeClock }: SyncContext,
  { stripeNow }: StripePage,
  to: number | null | undefined,
): number | null {
  if (stripeNow !== null && !stripeClock.believes(stripeNow)) return null
  return to === undefined ? (stripeNow ?? stripeClock.now()) - lagMs : to
}

async function keepFault(
  { log }: SyncContext,
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

function warnOfAge({ stripeClock, log }: SyncContext, position: number): void {
  const ageMs = stripeClock.now() - position
  if (ageMs > warnAgeMs)
    log.warn(
      { days: Math.floor(ageMs / dayMs) },
      'the last complete sweep reached a point more than 25 days ago and Stripe lists events for 30: what is older is found by the reconcile alone, attempts without a charge not at all',
    )
}
