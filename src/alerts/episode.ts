import type { AlertCondition } from './condition.ts'

/** What was told of an episode: `over` ends it. */
export type Told = 'nothing' | 'firing' | 'over'

/** The stored state of a condition: its last episode. Instants in milliseconds. */
export interface Episode {
  /** Since when it holds; null while it does not. */
  readonly heldSince: number | null
  readonly heldLast: number | null
  /** When the alert began to fire; null if it never has. */
  readonly firedAt: number | null
  /** When it was over; null while it fires. */
  readonly overAt: number | null
  /** What was wrong when it began to fire. */
  readonly detail: string
  readonly told: Told
}

export const noEpisode: Episode = {
  heldSince: null,
  heldLast: null,
  firedAt: null,
  overAt: null,
  detail: '',
  told: 'over',
}

type Durations = Pick<AlertCondition, 'forMs' | 'keepFiringMs'>

/**
 * The state after a look that found `detail`, or nothing. Pure. An alert that fires again before its end was told
 * goes on: nobody is told of an end that did not last.
 */
export function advance(
  episode: Episode,
  detail: string | undefined,
  { forMs, keepFiringMs }: Durations,
  now: number,
): Episode {
  if (detail === undefined) {
    const keepsFiring = now - (episode.heldLast ?? 0) < keepFiringMs
    const overAt = isFiring(episode) && !keepsFiring ? now : episode.overAt
    return { ...episode, heldSince: null, overAt }
  }
  const heldSince = episode.heldSince ?? now
  const held = { ...episode, heldSince, heldLast: keepFiringMs > 0 ? now : null }
  if (isFiring(episode) || now - heldSince < forMs) return held
  if (episode.told !== 'over') return { ...held, overAt: null }
  return { ...held, firedAt: now, overAt: null, detail, told: 'nothing' }
}

function isFiring({ firedAt, overAt }: Episode): boolean {
  return firedAt !== null && overAt === null
}

/** What has to be told next; undefined if all was told. */
export function toTell(episode: Episode): Exclude<Told, 'nothing'> | undefined {
  if (episode.told === 'over') return undefined
  if (episode.overAt !== null) return 'over'
  return episode.told === 'nothing' ? 'firing' : undefined
}
