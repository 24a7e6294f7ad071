import { type Logger, pino } from 'pino'
import { AppError } from './errors.ts'

export type { Logger }

/** The same log with the ids of the current trace, if any. */
export function withTraceIds(log: Logger, readIds: () => object | undefined): Logger {
  return log.child({}, { formatters: { log: (fields) => ({ ...fields, ...readIds() }) } })
}

/**
 * JSON lines on standard output, with fields named like secrets removed. Node's own stream reports a broken pipe
 * as an error of the stream; pino's would retry its last line forever.
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: ['*.authorization', '*.secretKey', '*.secret', '*.webhookSecrets', '*.apiKeys'],
    },
    process.stdout,
  )
}

export interface ErrorDescription {
  readonly name: string
  readonly code?: string
  readonly message?: string
  readonly stack?: string
  readonly cause?: ErrorDescription
}

/**
 * The parts of an error that may be logged. Messages of our own errors may be shown; those of a library may
 * contain user input, so only their kind, code and stack are logged.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error }
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
  if (error instanceof AppError)
    return { name: error.name, code: error.code, message: error.message, ...cause }
  return {
    name: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    stack: frames(error),
    ...cause,
  }
}

function frames(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 10)
    .join('\n')
}
