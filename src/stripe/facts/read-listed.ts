import { z } from 'zod'
import { AppError } from '../../errors.ts'
import type { FactSource, Recorded } from '../../ledger/fact.ts'
import { askCharge } from './ask-charge.ts'
import { headOf, listOf, reasonOf } from './explain-unreadable.ts'
import type { IngestContext, ListedIngestContext } from './ingest-context.ts'
import { isLive } from './is-ours.ts'
import type { ObjectReader } from './object-registry.ts'
import { recordStripeFact } from './record-stripe-fact.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

/** The fact that a listed object proves; undefined if it proves none or became a dead letter. */
export function readListed(
  object: unknown,
  reader: ObjectReader,
  source: FactSource,
  context: ListedIngestContext,
): Promise<StripeFact | undefined> {
  return readOrKeepDeadLetter(object, reader.list, source, context, async () => {
    const { livemode } = modeSchema.parse(object)
    if (livemode !== undefined && livemode !== isLive(context.mode)) return undefined
    const question = reader.chargeQuestion?.(object)
    const charge = question && (await askCharge(question.chargeId, context.refunds))
    return reader.read(object, contextFor(context, source), charge)
  })
}

const modeSchema = z.object({ livemode: z.boolean().optional() })

/** The result of `read` for an object or event; undefined if it cannot be read and became a dead letter. */
export async function readOrKeepDeadLetter(
  object: unknown,
  type: string,
  source: FactSource,
  context: Pick<ListedIngestContext, 'keepDeadLetter'>,
  read: () => Promise<StripeFact | undefined> | StripeFact | undefined,
): Promise<StripeFact | undefined> {
  try {
    return await read()
  } catch (cause) {
    const reason = reasonOf(cause)
    if (reason === undefined) throw cause
    const { id = 'unknown' } = headOf(object)
    await context.keepDeadLetter({ id, type, reason, source })
    return undefined
  }
}

/** Records a listed fact; resolves after the commit. A fact that can never be stored becomes a dead letter. */
export async function recordListed(
  context: Pick<IngestContext, 'recorder' | 'keepDeadLetter'>,
  fact: StripeFact,
): Promise<Recorded | 'unreadable'> {
  try {
    return await recordStripeFact(context.recorder, fact)
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== 'unrecordable') throw cause
    const { evidence, source } = fact.proof
    const reason = reasonOf(cause) ?? cause.message
    await context.keepDeadLetter({ id: evidence, type: listOf(evidence), reason, source })
    return 'unreadable'
  }
}

/** The context that fact readers need. */
export function contextFor(
  { ledgerId, recorder }: ListedIngestContext,
  source: FactSource,
): FactContext {
  return { ledgerId, source, hasPlan: recorder.hasPlan }
}
