/** Stripe's clock, as observed from the `Date` header of its responses. All instants in milliseconds. */
export interface StripeClock {
  /** Observes the `Date` of a response: the whole second in which Stripe sent it. */
  observe(date: number): void
  /**
   * Our own clock, or Stripe's if the two differ by more than a minute. Setting our own clock discards
   * earlier observations until Stripe responds again.
   */
  now(): number
  /** Whether a `Date` is within a day of our clock. Any other is ignored. */
  believes(date: number): boolean
  /** Calls `callback` with every plausible `Date`, and immediately with the latest one, if any. */
  onObserved(callback: (date: number) => void): void
}

const believedMsMax = 86_400_000
const differenceMsMax = 60_000
/** A `Date` names a whole second: on average it is half a second old. */
const halfSecondMs = 500
/** How far our clock may drift from the time that passed without having been set. */
const driftMsMax = 30_000

/** `now` is our own clock; `warn` is called once when the two start to differ. */
export function createStripeClock(
  now: () => number,
  warn: (detail: { readonly seconds: number }, message: string) => void,
  monotonicNow: () => number = () => performance.now(),
): StripeClock {
  const listeners: ((date: number) => void)[] = []
  let last:
    | { readonly date: number; readonly offsetMs: number; readonly bootMs: number }
    | undefined
  let reported: 'agrees' | 'differs' | 'far' = 'agrees'

  const believes = (date: number): boolean => Math.abs(date - now()) <= believedMsMax
  const differs = (offsetMs: number): boolean => Math.abs(offsetMs) > differenceMsMax

  /** When the machine's monotonic clock started, by our own clock: it moves when our own is set. */
  const bootMs = (): number => now() - monotonicNow()

  const stripeOffsetMs = (): number => {
    if (last === undefined || Math.abs(bootMs() - last.bootMs) > driftMsMax) return 0
    return differs(last.offsetMs) ? last.offsetMs : 0
  }

  const report = (found: typeof reported, offsetMs: number): void => {
    if (found !== reported && found !== 'agrees')
      warn({ seconds: Math.round(offsetMs / 1000) }, sentences[found])
    reported = found
  }

  return {
    observe: (date) => {
      const offsetMs = date + halfSecondMs - now()
      if (!believes(date)) {
        report('far', offsetMs)
        return
      }
      report(differs(offsetMs) ? 'differs' : 'agrees', offsetMs)
      last = { date, offsetMs, bootMs: bootMs() }
      for (const listener of listeners) listener(date)
    },
    now: () => now() + stripeOffsetMs(),
    believes,
    onObserved: (listener) => {
      listeners.push(listener)
      if (last !== undefined) listener(last.date)
    },
  }
}

const sentences = {
  differs:
    "Stripe's clock and ours differ by more than a minute: set this machine's clock (NTP). Until then the age of a webhook's signature is checked against Stripe's clock",
  far: "the date of a response from Stripe is more than a day from our clock and is ignored: set this machine's clock (NTP), or check the proxies between it and Stripe",
} as const
