import { z } from 'zod'
import { run } from '../../../support/run-process.ts'
import type { ChaosRun } from '../../harness/scenario.ts'
import type { ChannelTruth } from './channels-process.ts'

const channelCount = 8

export interface Channels {
  readonly url: string
  truth(): Promise<ChannelTruth>
}

/** The chat services and the webhook receiver, in a process of their own. */
const startLine = z.object({ url: z.string() })

export async function startChannels({ stack, folder, seed }: ChaosRun): Promise<Channels> {
  const script = new URL('channels-process.ts', import.meta.url).pathname
  const args = [script, String(seed)]
  const running = run(stack, { command: process.execPath, args, folder })
  const line = await running.line((text) => text.startsWith('{"url"'))
  if (line === undefined) throw new Error(`the channels did not start: ${running.errorText()}`)
  const { url } = startLine.parse(JSON.parse(line))
  return {
    url,
    truth: async (): Promise<ChannelTruth> => {
      const answer = await fetch(`${url}/truth`)
      return truthSchema.parse(await answer.json())
    },
  }
}

const truthSchema = z.object({
  posted: z.record(z.string(), z.number()),
  requests: z.number(),
  refusals: z.number(),
  breaks: z.number(),
  early: z.array(
    z.object({
      byMs: z.number(),
      byMonotonicMs: z.number(),
      toldProcess: z.number(),
      toldAt: z.number(),
    }),
  ),
  overlaps: z.number(),
})

/** The channels as settings, of each kind in turn. */
export function addressesOf(url: string): Readonly<Record<string, string>> {
  const kinds = [
    (n: number) => `telegram://${1_000 + n}:${'t'.repeat(30)}@-100${n}`,
    (n: number) => `https://hooks.slack.com/services/T1/B${n}/${'s'.repeat(20)}`,
    (n: number) => `https://discord.com/api/webhooks/${n}/${'d'.repeat(30)}`,
    (n: number) => `${url}/generic/${n}#whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  ]
  return Object.fromEntries(
    Array.from({ length: channelCount }, (_, n) => [
      `CHANNEL_C${n}`,
      kinds[n % kinds.length]?.(n) ?? 'console:',
    ]),
  )
}

/** The name of a channel for a campaign of this number. */
export function channelFor(campaign: number): string {
  return `c${campaign % channelCount}`
}
