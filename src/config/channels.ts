import { checkChannelAddress } from '../marketing/channels/registry.ts'

const channelPrefix = 'CHANNEL_'

/** Channel addresses by lower-case name; only the console if none is set. */
export function readChannels(given: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const channels = Object.entries(given)
    .filter(([name]) => name.startsWith(channelPrefix))
    .map(([name, address]): [string, string] => [
      name.slice(channelPrefix.length).toLowerCase(),
      address,
    ])
  return new Map(channels.length === 0 ? [['console', 'console:']] : channels)
}

/** One line for each channel with an invalid name or address. */
export function checkChannels(given: Readonly<Record<string, string>>): readonly string[] {
  const names = Object.keys(given).filter((name) => name.startsWith(channelPrefix))
  const inCapitals = names.map((name) => name.toUpperCase())
  const repeated = names.filter((_, at) => inCapitals.indexOf(inCapitals[at] ?? '') !== at)
  return [
    ...repeated.map(
      (name) => `${name}: another channel has that name: small and capital letters are the same`,
    ),
    ...checkAddresses(given),
  ]
}

/** A long name may be a secret that was pasted into the wrong place. */
function beginningOf(name: string): string {
  const shown = name.toUpperCase()
  return shown.length > 20 ? `${shown.slice(0, 4)}…` : shown
}

function checkAddresses(given: Readonly<Record<string, string>>): readonly string[] {
  return [...readChannels(given)].flatMap(([name, address]) => {
    if (!/^[a-z0-9_]+$/.test(name))
      return [`${channelPrefix}${beginningOf(name)}: name the channel with letters, digits and _`]
    const problem = checkChannelAddress(address)
    return problem === undefined ? [] : [`${channelPrefix}${name.toUpperCase()}: ${problem}`]
  })
}
