/** Prefixes of which every setting is ours; other programs have variables with other prefixes. */
const ownPrefixes = ['STRIPE_', 'EMULATOR_', 'CHECKOUT_']

/** Of shorter names too many words are as near. */
const lettersMin = 8
const editsMax = 2

/**
 * One sentence for each variable that looks like a misspelt setting, or that has the prefix of our settings and is
 * none. It names the variable and never its value. Pure.
 */
export function findNearMisses(
  given: Readonly<Record<string, string>>,
  settings: readonly string[],
): readonly string[] {
  const known = new Set(settings)
  return Object.keys(given)
    .filter((name) => !known.has(name) && name.length <= 60)
    .flatMap((name) => {
      const meant = settings.find((setting) => isNear(name, setting))
      if (meant !== undefined) return [`${name} is no setting: did you mean ${meant}?`]
      return ownPrefixes.some((prefix) => name.startsWith(prefix))
        ? [`${name} is no setting of this service and has no effect`]
        : []
    })
}

function isNear(name: string, setting: string): boolean {
  if (plain(name) === plain(setting)) return true
  return setting.length >= lettersMin && countEdits(name.toUpperCase(), setting) <= editsMax
}

function plain(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')
}

/** The insertions, deletions and replacements between two names, counted row by row (Levenshtein). */
function countEdits(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > editsMax) return editsMax + 1
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let index = 1; index <= one.length; index += 1) {
    const next = [index]
    for (let at = 1; at <= other.length; at += 1) {
      const replaced = (row[at - 1] ?? 0) + (one[index - 1] === other[at - 1] ? 0 : 1)
      next.push(Math.min((row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1, replaced))
    }
    row = next
  }
  return row[other.length] ?? 0
}
