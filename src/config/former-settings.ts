type Given = Readonly<Record<string, string>>

/** Names that settings had in an earlier version. */
const presentNames: ReadonlyMap<string, string> = new Map([
  ['SANDBOX_HOST', 'EMULATOR_HOST'],
  ['SANDBOX_PORT', 'EMULATOR_PORT'],
])

/** One line for each setting that is given by its former name. */
export function checkFormerNames(given: Given): readonly string[] {
  return [...presentNames].flatMap(([former, present]) =>
    given[former] === undefined ? [] : [`${former} is now ${present}: give the value by that name`],
  )
}
