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

/**
 * Removes the variables that Kubernetes sets for the Services of a namespace: one named
 * `emulator` gives every pod `EMULATOR_PORT=tcp://10.0.0.1:80`.
 */
export function dropServiceLinks(given: Given): Given {
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) => !(name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value)),
    ),
  )
}
