import { AppError } from '../../errors.ts'
import type { AddressReading, Channel, ChannelDeps, ChannelKind, Channels } from './channel.ts'
import { consoleChannel } from './console.ts'
import { discordChannel } from './discord.ts'
import { genericChannel } from './generic.ts'
import { slackChannel } from './slack.ts'
import { slackCompatibleChannel } from './slack-compatible.ts'
import { telegramChannel } from './telegram.ts'

/** The first kind that claims an address reads it. */
export const channelKinds: readonly ChannelKind[] = [
  consoleChannel,
  telegramChannel,
  slackChannel,
  slackCompatibleChannel,
  discordChannel,
  genericChannel,
]

/**
 * Returns what is wrong with an address, undefined if nothing is. Pure. The message does not repeat the
 * address, which may contain secrets.
 */
export function checkChannelAddress(address: string): string | undefined {
  const reading = readAddress(address)
  return 'problem' in reading ? reading.problem : undefined
}

/**
 * Opens the channels of the settings: lower-case name -> address.
 * Throws `invalid_settings` for an address that `checkChannelAddress` finds a problem with.
 */
export function createChannels(
  addresses: ReadonlyMap<string, string>,
  deps: ChannelDeps,
): Channels {
  const channels = [...addresses].map(([name, address]) => {
    return [name, openChannel(`CHANNEL_${name.toUpperCase()}`, address, deps)] as const
  })
  return new Map(channels)
}

/** Opens the channel of one setting. Throws as `createChannels` does. */
export function openChannel(setting: string, address: string, deps: ChannelDeps): Channel {
  const reading = readAddress(address)
  if ('problem' in reading) throw new AppError('invalid_settings', `${setting}: ${reading.problem}`)
  return reading.open(deps)
}

function readAddress(address: string): AddressReading {
  return (
    channelKinds.find((kind) => kind.claims(address))?.read(address) ?? {
      problem: `use ${channelKinds.map((kind) => kind.example).join(', or ')}`,
    }
  )
}
