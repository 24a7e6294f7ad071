type Given = Readonly<Record<string, string>>

/** What a setting was called in an earlier version. */
const presentNames: ReadonlyMap<string, string> = new Map([
  ['SANDBOX_HOST', 'EMULATOR_HOST'],
  ['SANDBOX_PORT', 'EMULATOR_PORT'],
])

/** A line for each setting that is given by a name of an earlier version. */
export function checkFormerNames(given: Given): readonly string[] {
  return [...presentNames].flatMap(([former, present]) =>
    given[former] === undefined ? [] : [`${former} is now ${present}: give the value by that name`],
  )
}

/**
 * Leaves out what Kubernetes puts into the environment for a Service of the same namespace: one that is
 * called `emulator` gives every pod `EMULATOR_PORT=tcp://10.0.0.1:80`.
 */
export function dropServiceLinks(given: Given): Given {
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) => !(name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value)),
    ),
  )
}
