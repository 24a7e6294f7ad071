/** What became of a post. */
export const postStates = ['due', 'sending', 'sent', 'failed', 'unknown', 'missed'] as const

export type PostState = (typeof postStates)[number]
