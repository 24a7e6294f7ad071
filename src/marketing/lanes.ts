import { AppError } from '../errors.ts'

/** Gives a place back. */
export type Leave = () => void

/** A bounded number of places for each channel, so that a slow one holds up no other. */
export interface Lanes {
  /** A place at once, or undefined. */
  tryEnter(channel: string): Leave | undefined
  /** A place as soon as one is free. Rejects with `overloaded` when too many wait already. */
  enter(channel: string): Promise<Leave>
  free(channel: string): number
}

interface Lane {
  taken: number
  readonly waiting: (() => void)[]
}

export const createLanes = (placeCount: number, waitingMax: number): Lanes => {
  const lanes = new Map<string, Lane>()

  const laneOf = (channel: string): Lane => {
    const lane = lanes.get(channel) ?? { taken: 0, waiting: [] }
    lanes.set(channel, lane)
    return lane
  }

  const leaveOf =
    (lane: Lane): Leave =>
    () => {
      const next = lane.waiting.shift()
      if (next === undefined) lane.taken -= 1
      else next()
    }

  const free = (channel: string): number => placeCount - laneOf(channel).taken

  const tryEnter = (channel: string): Leave | undefined => {
    if (free(channel) <= 0) return undefined
    const lane = laneOf(channel)
    lane.taken += 1
    return leaveOf(lane)
  }

  return {
    free,
    tryEnter,
    enter: async (channel) => {
      const leave = tryEnter(channel)
      if (leave !== undefined) return leave
      const lane = laneOf(channel)
      if (lane.waiting.length >= waitingMax)
        throw new AppError('overloaded', `the channel ${channel} is busy: try again`)
      const { promise, resolve } = Promise.withResolvers<void>()
      lane.waiting.push(resolve)
      await promise
      return leaveOf(lane)
    },
  }
}
