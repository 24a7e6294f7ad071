import type { Kysely } from 'kysely'
import type { LedgerTime } from '../database/clock.ts'
import type { Schema } from '../database/schema.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Channel, SendOutcome } from '../marketing/channels/channel.ts'
import { withTimeout } from '../time/with-timeout.ts'
import { lookAtConditions, noticesOf } from './look.ts'
import { type Sender, toAlertNotice, writeMessage } from './message.ts'
import { type AlertMessage, type AttemptEnd, createAlertOutbox } from './outbox.ts'
import type { CurrentReadings } from './readings.ts'
import { attemptMessage, sendTimeoutMs } from './send.ts'
import type { StoredAlert } from './store.ts'

export interface AlerterOptions {
  readonly ledger: { readonly queries: Kysely<Schema>; readonly time: LedgerTime }
  readonly channel: Channel
  readonly sender: Sender
  /** Undefined while another process has to look. Rejects if the ledger cannot be read. */
  readonly read: (now: number) => Promise<CurrentReadings | undefined>
  readonly createId: () => string
  readonly onOutcome: (outcome: SendOutcome['kind']) => void
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly limits?: AlertLimits
}

export interface AlertLimits {
  /** The time between two attempts at least; a minute by default. */
  readonly alertEveryMs?: number
}

export interface Alerter {
  /** Looks once: evaluates the conditions and sends the message that is due. Never rejects. */
  look(): Promise<void>
  start(): void
  /** Looks no more; resolves when a running attempt has ended, or after `timeoutMs`. Such an attempt is made again. */
  stop(timeoutMs?: number): Promise<void>
}

const lookEveryMs = 15_000
const alertEveryMsDefault = 60_000

/** Posts the service's own alerts to a channel, and what is over. They are no posts, and nothing counts them as such. */
export function createAlerter(options: AlerterOptions): Alerter {
  const lookOnce = createLook(options)
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let isRunning = false

  const look = (): Promise<void> => {
    looking ??= lookOnce().finally(() => {
      looking = undefined
    })
    return looking
  }
  const wakeIn = (waitMs: number): void => {
    timer = setTimeout(async () => {
      await look()
      if (isRunning) wakeIn(lookEveryMs)
    }, waitMs).unref()
  }
  return {
    look,
    start: () => {
      isRunning = true
      wakeIn(0)
    },
    stop: async (timeoutMs) => {
      isRunning = false
      clearTimeout(timer)
      if (looking !== undefined)
        await (timeoutMs === undefined ? looking : withTimeout(looking, timeoutMs))
    },
  }
}

interface KnownEnd {
  readonly message: AlertMessage
  readonly end: AttemptEnd
}

/** The returned function looks once. A failure is logged once, until a look succeeds. */
function createLook(options: AlerterOptions): () => Promise<void> {
  const { ledger, read, log, limits } = options
  const everyMs = limits?.alertEveryMs ?? alertEveryMsDefault
  const outbox = createAlertOutbox(ledger.queries, ledger.time)
  let isResumed = false
  let isFailing = false
  let uncommitted: KnownEnd | undefined

  const commit = async (): Promise<void> => {
    if (uncommitted === undefined) return
    const { message, end } = uncommitted
    const failure = await outbox.readFailure()
    await outbox.finish(message, end, everyMs)
    uncommitted = undefined
    logEnd(log, end, failure)
  }

  const sendNext = async (alerts: readonly StoredAlert[]): Promise<void> => {
    const waiting = (await outbox.read()) ?? (await composeNext(options, outbox, alerts))
    const claimMs = Math.max(everyMs, sendTimeoutMs)
    const message = waiting && (await outbox.claim(waiting, claimMs))
    if (message === undefined) return
    const { outcome, end } = await attemptMessage(options.channel, message)
    options.onOutcome(outcome.kind)
    uncommitted = { message, end }
    await commit()
  }

  return async () => {
    try {
      const readings = await read(await ledger.time.read())
      if (readings === undefined) return
      if (!isResumed) await outbox.resume(everyMs)
      isResumed = true
      await commit()
      await sendNext(await lookAtConditions(ledger.queries, readings))
      if (isFailing) log.info('the alerts are looked at again')
      isFailing = false
    } catch (cause) {
      if (!isFailing)
        log.warn({ reason: messageOf(cause) }, 'the alerts could not be looked at; trying again')
      isFailing = true
    }
  }
}

/** Stores the next message, unless there is nothing to tell or it is too early. */
async function composeNext(
  { channel, sender, createId, ledger }: AlerterOptions,
  outbox: ReturnType<typeof createAlertOutbox>,
  alerts: readonly StoredAlert[],
): Promise<AlertMessage | undefined> {
  const notices = noticesOf(alerts)
  if (notices.length === 0) return undefined
  const fits = (text: string) => channel.lengthOf(text) <= channel.lengthMax
  const { text, told } = writeMessage(sender, notices, fits)
  const message = {
    id: `alert_${createId()}`,
    text,
    notices: JSON.stringify(told.map(toAlertNotice)),
    composedAt: await ledger.time.read(),
  }
  const saved = alerts.flatMap((alert) => {
    const notice = told.find(({ condition }) => condition.name === alert.name)
    if (notice === undefined) return []
    return [{ ...alert, episode: { ...alert.episode, told: notice.tells } }]
  })
  return (await outbox.compose(message, saved)) ? { ...message, attempts: 0 } : undefined
}

/** A channel that fails is logged once, until it takes a message. */
function logEnd(log: AlerterOptions['log'], end: AttemptEnd, failure: string | null): void {
  if (end.isSent) {
    if (failure !== null) log.info('the alert channel takes messages again')
  } else if (failure === null)
    log.warn(
      { reason: end.reason },
      'the alert channel did not take a message: it is tried again; check ALERT_CHANNEL by "npm run doctor -- --test-alert"',
    )
}
