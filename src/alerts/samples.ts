import { z } from 'zod'

const samplesSchema = z.array(z.object({ at: z.number(), total: z.number() }))

/** Values of a number that only rises, each from the instant at which it was first seen. */
export type Samples = z.output<typeof samplesSchema>

export function parseSamples(json: string | null): Samples {
  return json === null ? [] : samplesSchema.parse(JSON.parse(json))
}

/**
 * Adds what the number is now, and forgets what is older than the window needs. Pure. A number that fell, because a
 * process restarted or a backup was restored, begins anew.
 */
export function addSample(samples: Samples, total: number, now: number, windowMs: number): Samples {
  const last = samples.at(-1)
  if (last === undefined || total < last.total || now < last.at) return [{ at: now, total }]
  const all = total === last.total ? samples : [...samples, { at: now, total }]
  const base = all.findLastIndex(({ at }) => at <= now - windowMs)
  return all.slice(Math.max(0, base))
}

/** By how much the number rose within the window of `addSample`. */
export function riseOf(samples: Samples): number {
  return (samples.at(-1)?.total ?? 0) - (samples.at(0)?.total ?? 0)
}
