import { ZodError, z } from 'zod'
import type { Recorder } from '../../../instrumentation/business/recorder.ts'
import type { DeadLetter } from '../../ledger/dead-letters.ts'
import type { FactSource, Recorded } from '../../ledger/fact.ts'
import type { Mode } from '../../ledger/identity.ts'
import { eventSchema, type StripeEvent } from './event.ts'
import type { ObjectReader } from './object-registry.ts'
import { recordStripeFact } from './record-stripe-fact.ts'
import { readEvent } from './registry.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

/** What became of an event, whoever brought it. */
export type Ingested =
  | Recorded
  /** Of a type, mode or account that this ledger does not count. */
  | 'not_counted'
  /** Not of the shape it should have: kept aside. */
  | 'unreadable'

/** What it takes to read Stripe's objects for this ledger. */
export interface ListedIngestContext {
  readonly recorder: Pick<Recorder, 'hasPlan'>
  readonly ledgerId: string
  readonly mode: Mode
  /** Commits what is needed to look the event up at Stripe. */
  readonly keepDeadLetter: (event: DeadLetter) => Promise<void>
}

/** What webhooks, sweeps and lists have in common. */
export interface IngestContext extends ListedIngestContext {
  readonly recorder: Recorder
}

/**
 * Records the fact that an event proves; resolves after the commit. `fallbackId` names an event that
 * has no id. Rejects with what the ledger says when it could not commit.
 */
export async function ingestEvent(
  body: unknown,
  source: FactSource,
  context: IngestContext,
  fallbackId: () => string,
): Promise<Ingested> {
  try {
    const event = eventSchema.parse(body)
    if (!isOurs(event, context.mode)) return 'not_counted'
    const fact = readEvent(event, contextFor(context, source))
    return fact === undefined ? 'not_counted' : await recordStripeFact(context.recorder, fact)
  } catch (cause) {
    if (!(cause instanceof ZodError)) throw cause
    const { id, type } = headOf(body)
    await context.keepDeadLetter({
      id: id ?? fallbackId(),
      type: type ?? 'unknown',
      reason: tell(cause),
    })
    return 'unreadable'
  }
}

/** The fact that a listed object proves; undefined where it proves none or was kept aside. */
export async function readListed(
  object: unknown,
  reader: ObjectReader,
  source: FactSource,
  context: ListedIngestContext,
): Promise<StripeFact | undefined> {
  const read = (): StripeFact | undefined => {
    const { livemode } = modeSchema.parse(object)
    if (livemode !== undefined && livemode !== isLive(context.mode)) return undefined
    return reader.read(object, contextFor(context, source))
  }
  return readOrKeepDeadLetter(object, reader.list, context, read)
}

/** What `read` makes of an object or event; undefined where it cannot be read: it was kept aside. */
export async function readOrKeepDeadLetter(
  object: unknown,
  type: string,
  context: Pick<ListedIngestContext, 'keepDeadLetter'>,
  read: () => StripeFact | undefined,
): Promise<StripeFact | undefined> {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof ZodError)) throw cause
    const { id } = headOf(object)
    await context.keepDeadLetter({ id: id ?? 'unknown', type, reason: tell(cause) })
    return undefined
  }
}

const modeSchema = z.object({ livemode: z.boolean().optional() })

function isLive(mode: Mode): boolean {
  return mode === 'live'
}

/** Connect events carry an account; the other mode's events reach live Connect endpoints too. */
function isOurs(event: StripeEvent, mode: Mode): boolean {
  return (event.account ?? null) === null && event.livemode === isLive(mode)
}

/** What the readers of facts need to know of us. */
export function contextFor(
  { ledgerId, recorder }: ListedIngestContext,
  source: FactSource,
): FactContext {
  return {
    ledgerId,
    source,
    hasPlan: recorder.hasPlan,
  }
}

/** Paths and kinds of what is wrong, never the values. */
function tell(error: ZodError): string {
  return error.issues
    .map(({ code, path }) => `${path.join('.')}: ${code}`)
    .join('; ')
    .slice(0, 500)
}

const idPattern = /^\w{1,200}$/

/** The id and type of a body that may be anything. */
function headOf(body: unknown): { id?: string; type?: string } {
  if (typeof body !== 'object' || body === null) return {}
  const id = 'id' in body && typeof body.id === 'string' && idPattern.test(body.id) ? body.id : null
  const type =
    'type' in body && typeof body.type === 'string' && /^[\w.]{1,200}$/.test(body.type)
      ? body.type
      : null
  return { ...(id === null ? {} : { id }), ...(type === null ? {} : { type }) }
}
