import type { SendOutcome } from './channel.ts'
import type { Answer, Delivery } from './deliver.ts'
import { cooldownOf, readRetryAfter } from './retry-after.ts'

/** What differs between chat services, which post again whatever they are sent again. */
export interface ChatService {
  /** What an answer with 2xx confirms the post with; undefined when it confirms nothing. */
  readReceipt(answer: Answer): string | undefined
  /** What a refusal says of itself. */
  readReason(answer: Answer): string
  /** How long a 429 asks to wait (ms), where it says so beside `Retry-After`. */
  readWaitMs?(answer: Answer): number | undefined
  /** How long a confirmed post asks to wait with the next (ms). */
  readPauseMs?(answer: Answer): number | undefined
  /** What may never be shown. */
  readonly secrets: readonly string[]
}

/** The outcome of an attempt at a chat service: only what it certainly did not take is sent again. */
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
    const waits = [asked, service.readWaitMs?.(answer)].filter((one) => typeof one === 'number')
    const waitMs = waits.length === 0 ? null : Math.max(...waits)
    return { kind: 'retry', reason, mayHaveArrived: false, ...cooldownOf(waitMs) }
  }
  if (status >= 400 && status < 500) return { kind: 'failed', reason }
  return { kind: 'unknown', reason, ...(asked === null ? {} : { cooldownMs: asked }) }
}

const reasonLengthMax = 200

/** What others wrote, fit for a row, a log line and an answer. */
function clean(text: string, secrets: readonly string[]): string {
  return secrets
    .reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, reasonLengthMax)
    .toWellFormed()
}

/** The fields of a JSON object; none where it is no such thing. */
export function readFields(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Seconds of a service as milliseconds; undefined where they are none. */
export function secondsToMs(seconds: unknown): number | undefined {
  const number = typeof seconds === 'string' && seconds !== '' ? Number(seconds) : seconds
  return typeof number === 'number' && number >= 0 ? Math.ceil(number * 1000) : undefined
}
