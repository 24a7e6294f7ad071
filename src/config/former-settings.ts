type Given = Readonly<Record<string, string>>

/** Names that settings had in an earlier version. */
const presentNames: ReadonlyMap<string, string> = new Map([
  ['SANDBOX_HOST', 'EMULATOR_HOST'],
  ['SANDBOX_PORT', 'EMULATOR_PORT'],
])

/** One line for each setting that is given by its former name alone. */
export function checkFormerNames(given: Given): readonly string[] {
  return formerNamesIn(given)
    .filter(([, present]) => given[present] === undefined)
    .map(([former, present]) => `${former} is now ${present}: give the value by that name`)
}

/** One line for each setting that is given by both names, as beside a release that reads the former one. */
export function warnOfFormerNames(given: Given): readonly string[] {
  return formerNamesIn(given)
    .filter(([, present]) => given[present] !== undefined)
    .map(([former, present]) => `${former} is not read: ${present}, its name now, is given too`)
}

function formerNamesIn(given: Given): readonly (readonly [former: string, present: string])[] {
  return [...presentNames].filter(([former]) => given[former] !== undefined)
}
