import type { SendOutcome } from './channel.ts'
import type { Answer, Delivery } from './deliver.ts'
import { cooldownOf, readRetryAfter } from './retry-after.ts'

/** The differences between chat services, none of which ignores a repeated request. */
export interface ChatService {
  /** The receipt in a 2xx response; undefined if there is none. */
  readReceipt(answer: Answer): string | undefined
  /** The reason that a rejection gives. */
  readReason(answer: Answer): string
  /** How long a 429 response asks to wait (ms), if its body names it; else `Retry-After` counts. */
  readWaitMs?(answer: Answer): number | undefined
  /** Follows a chat to its new address, if a rejection names one: the next attempt goes there. */
  followMove?(answer: Answer): boolean
  /** How long a confirmed post asks to wait before the next one (ms). */
  readPauseMs?(answer: Answer): number | undefined
  /** Secrets that must not be shown. */
  readonly secrets: readonly string[]
}

/** The outcome of an attempt at a chat service: only a post that was certainly not accepted is sent again. */
export function toChatOutcome(delivery: Delivery, service: ChatService, now: number): SendOutcome {
  const { kind } = delivery
  if (kind === 'redirected') return { kind: 'failed', reason: delivery.reason }
  if (kind === 'not_delivered')
    return { kind: 'retry', reason: delivery.reason, mayHaveArrived: false }
  if (kind === 'unclear') return { kind: 'unknown', reason: delivery.reason }
  return readAnswer(delivery.answer, service, now)
}

function readAnswer(answer: Answer, service: ChatService, now: number): SendOutcome {
  const { status, headers } = answer
  const asked = readRetryAfter(headers, now)
  if (status >= 200 && status < 300) {
    const receipt = service.readReceipt(answer)
    if (receipt === undefined)
      return { kind: 'unknown', reason: `the channel answered ${status} without confirming it` }
    const pauseMs = service.readPauseMs?.(answer)
    return { kind: 'sent', receipt, ...(pauseMs === undefined ? {} : { cooldownMs: pauseMs }) }
  }
  const said = clean(service.readReason(answer), service.secrets)
  const reason = `the channel answered ${status}${said === '' ? '' : `: ${said}`}`
  if (status === 429) {
    const waitMs = service.readWaitMs?.(answer) ?? asked
    return { kind: 'retry', reason, mayHaveArrived: false, ...cooldownOf(waitMs) }
  }
  if (service.followMove?.(answer) === true) return { kind: 'retry', reason, mayHaveArrived: false }
  if (status >= 400 && status < 500) return { kind: 'failed', reason }
  return { kind: 'unknown', reason, ...(asked === null ? {} : { cooldownMs: asked }) }
}

const reasonLengthMax = 200

/** Text of a third party, made safe for a database row, a log line and a response. */
function clean(text: string, secrets: readonly string[]): string {
  return secrets
    .reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, reasonLengthMax)
    .toWellFormed()
}

/** The fields of a JSON object; none for anything else. */
export function readFields(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Converts a service's seconds to milliseconds; undefined for anything but a number. */
export function secondsToMs(seconds: unknown): number | undefined {
  const number = typeof seconds === 'string' && seconds !== '' ? Number(seconds) : seconds
  return typeof number === 'number' && number >= 0 ? Math.ceil(number * 1000) : undefined
}
