import type { Recorder } from '../../instrumentation/business/recorder.ts'
import { createReadAccount } from '../ledger/read/own-account.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import type { Logger } from '../log.ts'
import type { StripeGateway } from '../stripe/client/gateway.ts'
import { createRefundSource } from '../stripe/client/refund-source.ts'
import type { IngestContext } from '../stripe/facts/ingest-context.ts'
import type { IgnoredReason } from '../stripe/facts/is-ours.ts'

export interface IngestParts {
  readonly ledger: Ledger
  readonly recorder: Recorder
  readonly gateway: StripeGateway
  readonly log: Pick<Logger, 'warn'>
  /** The account that the settings name. */
  readonly account: string | undefined
}

const ignored: Readonly<Record<IgnoredReason, string>> = {
  other_mode:
    'events of the other mode arrive and are not counted: this ledger holds one mode, give test and live mode an endpoint each',
  other_account:
    'events of another Stripe account arrive and are not counted: this ledger holds one account',
  thin_payment_event:
    'thin events of payments arrive and carry nothing to count: make an event destination with snapshot payloads',
}

/** The common part of webhooks, sync jobs and replays. Each reason for ignoring an event is logged once. */
export function createIngest(parts: IngestParts): IngestContext {
  const { ledger, recorder, gateway, log, account } = parts
  const { queries, identity, deadLetters } = ledger
  const once = createOnce()
  return {
    recorder,
    ledgerId: identity.ledgerId,
    mode: identity.mode,
    keepDeadLetter: async (letter) => {
      const { id, type, reason } = letter
      if (await deadLetters.keep(letter))
        once(`${type} ${reason}`, () =>
          log.warn(
            { id, type, reason },
            'an event or object cannot be processed and is a dead letter: see GET /v1/dead-letters',
          ),
        )
    },
    refunds: createRefundSource(gateway),
    hasFact: ledger.hasFact,
    readAccount: account === undefined ? createReadAccount(queries) : async () => account,
    onIgnored: (reason) => once(reason, () => log.warn({ reason }, ignored[reason])),
  }
}

const namesMax = 1_000

/** Does something once per name, for a limited number of names. */
function createOnce(): (name: string, work: () => void) => void {
  const done = new Set<string>()
  return (name, work) => {
    if (done.has(name) || done.size >= namesMax) return
    done.add(name)
    work()
  }
}
