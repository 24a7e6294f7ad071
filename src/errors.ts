/** Every error code. `http/problem.ts` maps each to its HTTP response. */
const errorCodes = [
  'invalid_request',
  'invalid_json',
  'invalid_signature',
  'body_too_large',
  'body_incomplete',
  'unsupported_media_type',
  'unauthorized',
  'forbidden',
  'foreign_host',
  'foreign_origin',
  'rate_limited',
  'not_found',
  'method_not_allowed',
  'unknown_plan',
  'unknown_channel',
  'invalid_cron',
  'invalid_time_zone',
  'idempotency_conflict',
  'idempotency_key_spent',
  'plan_unavailable',
  'stripe_rejected',
  'stripe_unavailable',
  'overloaded',
  'not_committed',
  'unrecordable',
  'not_ready',
  'invalid_settings',
  'port_unavailable',
  'database_unavailable',
  'ledger_locked',
  'ledger_mismatch',
  'ledger_too_new',
  'ledger_fell',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export interface AppErrorOptions extends ErrorOptions {
  /** How long to wait before a retry, if known. */
  readonly retryAfterSeconds?: number | undefined
}

/** A failure with a code of the closed set and a message that says what is wrong and what to do. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, options?: AppErrorOptions) {
    super(message, options)
    this.code = code
    this.retryAfterSeconds = options?.retryAfterSeconds
  }
}

/** The message of anything that was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
