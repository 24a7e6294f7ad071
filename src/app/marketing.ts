import type { Plans } from '../billing/plans.ts'
import { createChannels } from '../marketing/channels/registry.ts'
import { traceChannels } from '../marketing/channels/trace-channels.ts'
import { createMarketing, type Marketing } from '../marketing/marketing.ts'
import type { Core } from './core.ts'
import type { AppDependencies } from './dependencies.ts'

/** Creates campaigns and their posts on the configured channels, without starting them. */
export function openMarketing(
  core: Core,
  { fetch, print, limits }: AppDependencies,
  catalogue: Plans,
): Marketing {
  const { config, ledger, ingest, traces, log, now } = core
  return createMarketing({
    ledger,
    recorder: ingest.recorder,
    channels: traceChannels(createChannels(config.channels, { fetch, now, print }), traces),
    prices: { plans: config.plans.map(({ plan }) => plan), read: catalogue.resolve },
    system: { now },
    log,
    traces,
    ...(limits === undefined ? {} : { limits }),
  })
}
