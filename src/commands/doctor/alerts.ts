import { readAlertOutbox } from '../../alerts/outbox.ts'
import { type Check, unwell, well } from './check.ts'

const name = 'alerts'

/** Checks that the channel of the service's own alerts takes messages; nothing without one. */
export const alerts: Check = {
  name,
  asksStripe: false,
  look: async ({ config, ledger }) => {
    if (config.alertChannel === undefined || ledger === undefined) return []
    const outbox = await readAlertOutbox(ledger.queries)
    if (outbox === undefined)
      return [well(name, 'ALERT_CHANNEL is set; the next start of the service begins to post')]
    const { reason, sent_at: sentAt, attempted_at: attemptedAt } = outbox
    const last =
      sentAt === null
        ? 'no message was posted yet'
        : `the last message was posted at ${new Date(sentAt).toISOString()}`
    if (reason === null) return [well(name, last)]
    return [
      unwell(
        name,
        `ALERT_CHANNEL took no message at ${new Date(attemptedAt).toISOString()}: ${reason}; ${last}. It is tried again; try it yourself by "npm run doctor -- --test-alert"`,
      ),
    ]
  },
}
