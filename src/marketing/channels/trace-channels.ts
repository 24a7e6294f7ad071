import type { Traces } from '../../../instrumentation/traces/traces.ts'
import type { Channel, Channels } from './channel.ts'

/** The same channels with a span for each attempt: the kind of the channel, never its address. */
export function traceChannels(channels: Channels, traces: Traces): Channels {
  return new Map([...channels].map(([name, channel]) => [name, traceChannel(channel, traces)]))
}

/** The same for one channel. */
export function traceChannel(channel: Channel, traces: Traces): Channel {
  if (!traces.isOn) return channel
  return {
    ...channel,
    send: (post) =>
      traces.span(
        {
          name: `send ${channel.kind}`,
          kind: 'client',
          attributes: { 'countinghouse.channel.kind': channel.kind },
        },
        async (span) => {
          const outcome = await channel.send(post)
          span.set({ 'countinghouse.outcome': outcome.kind })
          if (outcome.kind !== 'sent') span.fail(outcome.kind)
          return outcome
        },
      ),
  }
}
