import type { Channel } from '../../src/marketing/channels/channel.ts'
import { createChannels } from '../../src/marketing/channels/registry.ts'
import { morning } from './marketing.ts'

/** The channel of an address, by a `fetch` that leads to its service. */
export function openChannel(address: string, send: typeof fetch): Channel {
  const channel = createChannels(new Map([['news', address]]), {
    fetch: send,
    now: () => morning,
    print: () => undefined,
  }).get('news')
  if (channel === undefined) throw new Error('the channel was not opened')
  return channel
}
