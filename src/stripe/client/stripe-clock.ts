/** What we know of Stripe's clock from the `Date` of its answers. All instants in milliseconds. */
export interface StripeClock {
  /** Takes the `Date` of an answer: the whole second in which Stripe sent it. */
  hear(date: number): void
  /**
   * Our own clock, or Stripe's where the two differ by more than a minute. Once our own was set, what was
   * heard before says nothing of it, until Stripe answers again.
   */
  now(): number
  /** Whether a `Date` is within a day of our clock: another one is no clock to go by. */
  believes(date: number): boolean
  /** Calls `tell` with every `Date` that is believed, and at once with the last one there was. */
  onHeard(tell: (date: number) => void): void
}

const believedMsMax = 86_400_000
const differenceMsMax = 60_000
/** A `Date` names a whole second: on average it is half a second old. */
const halfSecondMs = 500
/** How far our clock may drift from the time that passed without having been set. */
const driftMsMax = 30_000

/** `now` is our own clock; `warn` is told once when the two begin to differ. */
export function createStripeClock(
  now: () => number,
  warn: (detail: { readonly seconds: number }, message: string) => void,
  monotonicNow: () => number = () => performance.now(),
): StripeClock {
  const listeners: ((date: number) => void)[] = []
  let last:
    | { readonly date: number; readonly offsetMs: number; readonly bootMs: number }
    | undefined
  let told: 'agrees' | 'differs' | 'far' = 'agrees'

  const believes = (date: number): boolean => Math.abs(date - now()) <= believedMsMax
  const differs = (offsetMs: number): boolean => Math.abs(offsetMs) > differenceMsMax

  /** When the machine's monotonic clock began, by our own: it moves when our own is set. */
  const bootMs = (): number => now() - monotonicNow()

  const stripeOffsetMs = (): number => {
    if (last === undefined || Math.abs(bootMs() - last.bootMs) > driftMsMax) return 0
    return differs(last.offsetMs) ? last.offsetMs : 0
  }

  const tell = (found: typeof told, offsetMs: number): void => {
    if (found !== told && found !== 'agrees')
      warn({ seconds: Math.round(offsetMs / 1000) }, sentences[found])
    told = found
  }

  return {
    hear: (date) => {
      const offsetMs = date + halfSecondMs - now()
      if (!believes(date)) {
        tell('far', offsetMs)
        return
      }
      tell(differs(offsetMs) ? 'differs' : 'agrees', offsetMs)
      last = { date, offsetMs, bootMs: bootMs() }
      for (const listener of listeners) listener(date)
    },
    now: () => now() + stripeOffsetMs(),
    believes,
    onHeard: (listener) => {
      listeners.push(listener)
      if (last !== undefined) listener(last.date)
    },
  }
}

const sentences = {
  differs:
    "Stripe's clock and ours differ by more than a minute: set this machine's clock (NTP). Until then the age of a webhook's signature is decided by Stripe's",
  far: "the date of an answer of Stripe's is more than a day from our clock and is not believed: set this machine's clock (NTP), or look at what stands between it and Stripe",
} as const
