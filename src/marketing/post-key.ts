import { createHash } from 'node:crypto'

const manualPrefix = 'manual:'

/** What the slot keys of posts that somebody asked for are like, in SQL. */
export const manualKeys = `${manualPrefix}%`

/** The slot key of a scheduled instant. */
export const slotKeyOf = (instant: number): string => new Date(instant).toISOString()

/** The slot key of a post that somebody asked for. */
export const manualSlotKey = (manualId: string): string => `${manualPrefix}${manualId}`

/** A manual post's id when the caller sent an Idempotency-Key: the same key gives the same post. */
export const manualIdOf = (campaignId: string, idempotencyKey: string): string =>
  digest(`${campaignId}\n${idempotencyKey}`)

/** A post's id: the same from every replica, and without the dot that signatures separate with. */
export const postIdOf = (campaignId: string, slotKey: string): string =>
  `post_${digest(`${campaignId}\n${slotKey}`)}`

/** The key of the fact that a post was sent. */
export const factKeyOf = (campaignId: string, slotKey: string): string =>
  `post:${campaignId}:${slotKey}`

/** Who asked for a post. */
export const sourceOf = (slotKey: string): 'manual' | 'schedule' =>
  slotKey.startsWith(manualPrefix) ? 'manual' : 'schedule'

const digest = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 24)
