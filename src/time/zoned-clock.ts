/** The local time of a time zone. A reading is a local time, in milliseconds as if it were UTC. */
export interface ZonedClock {
  /** The reading at an instant (ms). */
  at(instant: number): number
  /** The instants at which the clock shows a reading, oldest first: none in a gap, two in an overlap. */
  instantsOf(reading: number): readonly number[]
  /** The first instant in (`after`, `through`] at which the UTC offset changes. */
  change(after: number, through: number): number | null
}

/** The instants in [`from`, `until`) share one UTC offset; those just outside have another. */
interface OffsetSpan {
  readonly from: number
  readonly until: number
  readonly offsetMs: number
}

const dayMs = 86_400_000

/** Looking up an offset takes microseconds, and a search asks for the same few spans again and again. */
const spansKept = 4

/** Returns the clock of an IANA time zone. Throws a RangeError for a zone that is not known. */
export function createZonedClock(timeZone: string): ZonedClock {
  const zoneId = readZoneId(timeZone)
  let recent: readonly OffsetSpan[] = []

  function spanAt(instant: number): OffsetSpan {
    const known = recent.find(({ from, until }) => instant >= from && instant < until)
    if (known !== undefined) return known
    const span = readSpan(zoneId, instant)
    recent = [span, ...recent.slice(0, spansKept - 1)]
    return span
  }

  /** The spans that overlap [`from`, `through`], oldest first. */
  function spansIn(from: number, through: number): readonly OffsetSpan[] {
    const span = spanAt(from)
    return span.until > through ? [span] : [span, ...spansIn(span.until, through)]
  }

  return {
    at: (instant) => instant + spanAt(instant).offsetMs,
    instantsOf: (reading) =>
      spansIn(reading - dayMs, reading + dayMs)
        .filter(
          ({ from, until, offsetMs }) => reading >= from + offsetMs && reading < until + offsetMs,
        )
        .map(({ offsetMs }) => reading - offsetMs),
    change: (after, through) => {
      const { until } = spanAt(after)
      return until <= through ? until : null
    },
  }
}

function readSpan(zoneId: string, instant: number): OffsetSpan {
  // `previous` leaves out a transition at the very instant.
  const from = zonedAt(zoneId, instant + 1).getTimeZoneTransition('previous')
  const zoned = zonedAt(zoneId, instant)
  return {
    from: from?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    until: zoned.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: zoned.offsetNanoseconds / 1_000_000,
  }
}

/** Intl still reads short names such as `PST`, which Temporal does not and which a campaign may have. */
function readZoneId(timeZone: string): string {
  try {
    return zonedAt(timeZone, 0).timeZoneId
  } catch {
    const resolved = new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
    return zonedAt(resolved, 0).timeZoneId
  }
}

function zonedAt(zoneId: string, instant: number): Temporal.ZonedDateTime {
  return new Temporal.ZonedDateTime(BigInt(Math.floor(instant)) * 1_000_000n, zoneId)
}
