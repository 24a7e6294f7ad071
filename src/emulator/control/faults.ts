import { z } from 'zod'

const probability = z.number().min(0).max(1)
const milliseconds = z.number().int().min(0)

const schema = z.strictObject({
  /** Probability that a webhook is sent twice. */
  duplicate: probability,
  /** Probability of a second event, with another id, for the same fact. */
  secondEventId: probability,
  /** Probability that a webhook is held back up to half a second and overtaken by later ones. */
  reorder: probability,
  /** The delay of every webhook. */
  delayMs: milliseconds,
  /** Probability that an event is listed but its webhook never sent. */
  drop: probability,
  /** Probability that a fact has no event at all. */
  neverGenerate: probability,
  /** Lists show new objects and events only after this time. */
  lateListMs: milliseconds,
  /** How long a payment is `processing` before it succeeds or fails. */
  processingMs: milliseconds,
  /** How long a refund is `pending` before it succeeds. */
  refundProcessingMs: milliseconds,
  /** Probability that an API call is answered 500 before anything happened. */
  apiError: probability,
  /** Probability that an API call happens, is answered 500, and that its idempotency key remembers the 500. */
  apiErrorAfter: probability,
  /** Probability that an API call is answered 429 before anything happened. */
  apiRateLimit: probability,
  /** The `Retry-After` of a 429; 0 for none. */
  apiRetryAfterSeconds: z.number().int().min(0),
  /** Probability that an API call happens and its answer is lost: the connection breaks. */
  apiTimeout: probability,
  /** How long the client waits for a lost response before the connection breaks. */
  apiTimeoutMs: milliseconds,
  /** The delay of every API response. */
  apiDelayMs: milliseconds,
})

export type Faults = Readonly<z.infer<typeof schema>>

const partialSchema = schema.partial()

const none: Faults = {
  duplicate: 0,
  secondEventId: 0,
  reorder: 0,
  delayMs: 0,
  drop: 0,
  neverGenerate: 0,
  lateListMs: 0,
  processingMs: 0,
  refundProcessingMs: 0,
  apiError: 0,
  apiErrorAfter: 0,
  apiRateLimit: 0,
  apiRetryAfterSeconds: 0,
  apiTimeout: 0,
  apiTimeoutMs: 0,
  apiDelayMs: 0,
}

export interface FaultSwitch {
  /** The current faults. */
  readonly current: Faults
  /** Whether a fault of this probability happens now. */
  happens(chance: number): boolean
  /** A number in [0, 1). */
  random(): number
  /** Changes the named faults and leaves the others; `null` ends all faults. Throws a ZodError. */
  change(faults: unknown): Faults
}

/** All faults are off until they are turned on. */
export function createFaults(initial: Partial<Faults>, random: () => number): FaultSwitch {
  let current = merged(none, initial)
  return {
    get current() {
      return current
    },
    random,
    happens: (chance) => chance > 0 && random() < chance,
    change: (faults) => {
      current = faults === null ? none : merged(current, partialSchema.parse(faults))
      return current
    },
  }
}

type Changes = { readonly [name in keyof Faults]?: Faults[name] | undefined }

function merged(faults: Faults, changes: Changes): Faults {
  return {
    ...faults,
    ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)),
  }
}
