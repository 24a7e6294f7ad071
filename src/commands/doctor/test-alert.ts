import { randomUUID } from 'node:crypto'
import { setGlobalProxyFromEnv } from 'node:http'
import { sendTimeoutMs } from '../../alerts/send.ts'
import type { Config } from '../../config/config.ts'
import { openChannel } from '../../marketing/channels/registry.ts'
import type { CommandContext } from '../command.ts'
import { type Check, type LookUpResult, unwell, well } from './check.ts'

const name = 'test alert'

/** Posts one test message to the channel of the service's own alerts. The service and its ledger know nothing of it. */
export function createTestAlert(print: CommandContext['print']): Check {
  return {
    name: 'test alert',
    asksStripe: false,
    look: async ({ config, now }) => [await postTestAlert(config, { now, print })],
  }
}

async function postTestAlert(
  { alertChannel, serviceName, mode, proxy }: Config,
  { now, print }: Pick<CommandContext, 'now' | 'print'>,
): Promise<LookUpResult> {
  if (alertChannel === undefined)
    return unwell(name, 'set ALERT_CHANNEL to the address of a channel: see docs/alerts.md')
  if (proxy !== undefined) setGlobalProxyFromEnv(proxy)
  const channel = openChannel('ALERT_CHANNEL', alertChannel, { fetch, now, print })
  const outcome = await channel.send({
    postId: `alert_${randomUUID().replaceAll('-', '')}`,
    campaignId: '',
    text: `${serviceName}, ${mode} mode\n\nThis is a test by "npm run doctor -- --test-alert". Nothing is wrong.`,
    scheduledAt: now(),
    timeoutMs: sendTimeoutMs,
    alerts: [],
  })
  return outcome.kind === 'sent'
    ? well(name, `the ${channel.kind} channel confirmed a test message`)
    : unwell(name, `the ${channel.kind} channel took no test message: ${outcome.reason}`)
}
