let lastSeed = Math.floor(Math.random() * 1_000_000_000)

/** A seed of ids that no other load of this run has. */
export function newSeed(): number {
  lastSeed += 1
  return lastSeed
}
