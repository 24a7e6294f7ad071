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
  'ledger_too_old',
  'ledger_fell',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** The parts of a request that have fields. */
export const fieldPlaces = ['body', 'query', 'path', 'header'] as const

/** What is wrong with one field of a request. */
export interface FieldError {
  readonly in: (typeof fieldPlaces)[number]
  /** Names and indexes joined by dots; empty for the part as a whole. */
  readonly path: string
  readonly message: string
}

export interface AppErrorOptions extends ErrorOptions {
  readonly fields?: readonly FieldError[]
  /** How long to wait before a retry, if known. */
  readonly retryAfterSeconds?: number | undefined
}

/** A failure with a code of the closed set and a message that says what is wrong and what to do. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly retryAfterSeconds: number | undefined
  readonly fields: readonly FieldError[]

  constructor(code: ErrorCode, message: string, options?: AppErrorOptions) {
    super(message, options)
    this.code = code
    this.retryAfterSeconds = options?.retryAfterSeconds
    this.fields = options?.fields ?? []
  }
}

/** An `invalid_request` about one field. */
export function invalidField(place: FieldError['in'], path: string, message: string): AppError {
  return new AppError('invalid_request', `${path}: ${message}`, {
    fields: [{ in: place, path, message }],
  })
}

/** The field that an error code is about. */
const fieldOfCode: { readonly [Code in ErrorCode]?: string } = {
  unknown_plan: 'plan',
  invalid_cron: 'cron',
  invalid_time_zone: 'time_zone',
}

/** The fields that an error is about: those that it names, or the one of its code. */
export function fieldsOf({ code, message, fields }: AppError): readonly FieldError[] {
  const path = fieldOfCode[code]
  return fields.length > 0 || path === undefined ? fields : [{ in: 'body', path, message }]
}

/** The result of a check; undefined if it threw an `AppError`, which is added to `errors`. */
export function check<Result>(errors: AppError[], work: () => Result): Result | undefined {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    errors.push(thrown)
    return undefined
  }
}

/** All that is wrong with a request as one error of the first one's code, which names every field. */
export function joinErrors(errors: readonly AppError[]): AppError {
  const [first] = errors
  if (first === undefined) throw new RangeError('there is no error to report')
  if (errors.length === 1) return first
  return new AppError(first.code, errors.map(({ message }) => message).join('; '), {
    cause: first,
    fields: errors.flatMap(fieldsOf),
  })
}

/** The message of anything that was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
