import { AppError } from '../../errors.ts'
import type { FactSource, Recorded } from '../../ledger/fact.ts'
import { askCharge, askRefunds } from './ask-charge.ts'
import { eventSchema, type StripeEvent } from './event.ts'
import { headOf, reasonOf } from './explain-unreadable.ts'
import type { IngestContext } from './ingest-context.ts'
import { whyIgnored } from './is-ours.ts'
import { refundList } from './object-registry.ts'
import { contextFor, readListed, recordListed } from './read-listed.ts'
import { recordStripeFact } from './record-stripe-fact.ts'
import { eventReaderFor, refundsNoticeFor } from './registry.ts'

/** The outcome of an event from any source. */
export type Ingested =
  | Recorded
  /** Of a type, mode or account that this ledger does not count. */
  | 'not_counted'
  /** It cannot be processed: it is a dead letter. */
  | 'unreadable'

/**
 * Records the fact that an event proves; resolves after the commit. `fallbackId` names an event that
 * has no id. Rejects with the ledger's error if it could not commit, and with Stripe's error
 * if a refund's charge cannot be read now.
 */
export async function ingestEvent(
  body: unknown,
  source: FactSource,
  context: IngestContext,
  fallbackId: () => string,
): Promise<Ingested> {
  try {
    const event = eventSchema.parse(body)
    const ignored = await whyIgnored(event, context)
    if (ignored !== undefined) context.onIgnored(ignored)
    return ignored === undefined ? await ingestOurs(event, source, context) : 'not_counted'
  } catch (cause) {
    const reason = reasonOf(cause)
    if (reason === undefined) throw cause
    const { id = fallbackId(), type = 'unknown' } = headOf(body)
    await context.keepDeadLetter({ id, type, reason, source })
    return 'unreadable'
  }
}

async function ingestOurs(
  event: StripeEvent,
  source: FactSource,
  context: IngestContext,
): Promise<Ingested> {
  const chargeId = refundsNoticeFor(event.type)?.chargeIdOf(event)
  if (chargeId !== undefined) return ingestRefundsOf(chargeId, source, context)
  const reader = eventReaderFor(event.type)
  if (reader === undefined) return 'not_counted'
  const question = reader.chargeQuestion?.(event)
  if (question !== undefined && (await context.hasFact(question.key))) return 'duplicate'
  const charge = question && (await askCharge(question.chargeId, context.refunds))
  const fact = reader.read(event, contextFor(context, source), charge)
  return fact === undefined ? 'not_counted' : await recordStripeFact(context.recorder, fact)
}

/** Outcomes by precedence, the highest first. */
const outcomes = ['new', 'duplicate', 'unreadable', 'before_genesis', 'not_counted'] as const

/** Each refund of the charge under its own key, like a listed refund. */
async function ingestRefundsOf(
  chargeId: string,
  source: FactSource,
  context: IngestContext,
): Promise<Ingested> {
  const refunds = await askRefunds(chargeId, context.refunds)
  const ingested = await Promise.all(
    refunds.map(async (refund): Promise<Ingested> => {
      const fact = await readListed(refund, refundList, source, context)
      return fact === undefined ? 'not_counted' : recordListed(context, fact)
    }),
  )
  return outcomes.find((outcome) => ingested.includes(outcome)) ?? 'not_counted'
}

/** The error for a webhook whose charge Stripe did not return: Stripe's retry comes later. */
export function toRetry(cause: unknown): unknown {
  return cause instanceof AppError && cause.code === 'stripe_rejected'
    ? new AppError('not_committed', `${cause.message}: send it again`, { cause })
    : cause
}
