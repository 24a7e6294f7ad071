// The API representation of dead letters.

import { z } from '@hono/zod-openapi'
import { cursorSchema, instantSchema as instant, pageOf, toIso } from '../../http/describe.ts'
import type { DeadLetter, DeadLetterPosition } from '../dead-letters.ts'

export const deadLettersQuerySchema = z.strictObject({
  state: z
    .enum(['open', 'dismissed'])
    .default('open')
    .openapi({ description: 'Open dead letters need attention.' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: cursorSchema,
})

export const deadLetterParamsSchema = z.object({
  id: z.string().max(300).openapi({ example: 'evt_1TvQ8dLkdIwHu7ix0Su1cC2e' }),
})

export const deadLetterSchema = z
  .object({
    id: z.string().openapi({ description: 'Id of the event or the listed object.' }),
    type: z.string().openapi({
      description: "The event's type, or the name of the list.",
      example: 'refund.created',
    }),
    mode: z.string().openapi({ example: 'test' }),
    reason: z.string().openapi({
      description: 'The invalid paths and what was wrong with each, never their values.',
      example: 'data.object.id: invalid_type',
    }),
    source: z
      .string()
      .openapi({ description: 'The source that first reported it.', example: 'webhook' }),
    received_at: instant,
    dismissed_at: instant.nullable(),
  })
  .openapi('DeadLetter', {
    description:
      'A Stripe event or object that could not be processed and is therefore not counted. Its body is not stored.',
  })

export const deadLettersSchema = pageOf(deadLetterSchema).openapi('DeadLetters')

export const replayOutcomes = [
  'recorded',
  'duplicate',
  'before_genesis',
  'not_counted',
  'dead_letter',
  'not_found_at_stripe',
] as const

export const replaySchema = z
  .object({
    id: z.string().openapi({ example: 'evt_1TvQ8dLkdIwHu7ix0Su1cC2e' }),
    outcome: z.enum(replayOutcomes).openapi({
      description:
        'The first four remove the dead letter. dead_letter: it still cannot be processed. not_found_at_stripe: Stripe no longer has it, for example an event older than 30 days.',
    }),
  })
  .openapi('Replay')

export function showDeadLetter(letter: DeadLetter) {
  return {
    id: letter.id,
    type: letter.type,
    mode: letter.mode,
    reason: letter.reason,
    source: letter.source,
    received_at: toIso(letter.receivedAt),
    dismissed_at: letter.dismissedAt === null ? null : toIso(letter.dismissedAt),
  }
}

const positionSchema = z.tuple([z.int(), z.string()])

/** A cursor is opaque to callers. */
export function toCursor({ receivedAt, id }: DeadLetterPosition): string {
  return Buffer.from(JSON.stringify([receivedAt, id])).toString('base64url')
}

/** Undefined if the text is not a valid cursor. */
export function readCursor(cursor: string): DeadLetterPosition | undefined {
  try {
    const [receivedAt, id] = positionSchema.parse(
      JSON.parse(Buffer.from(cursor, 'base64url').toString()),
    )
    return { receivedAt, id }
  } catch {
    return undefined
  }
}
