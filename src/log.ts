import { type Logger, pino } from 'pino'

export type { Logger }

/** The same log, with the ids of the trace that is under way, where one is. */
export function withTraceIds(log: Logger, readIds: () => object | undefined): Logger {
  return log.child({}, { formatters: { log: (fields) => ({ ...fields, ...readIds() }) } })
}

/** JSON lines on standard output. Whatever is named like a secret is struck out. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['*.authorization', '*.secretKey', '*.secret', '*.webhookSecrets', '*.apiKeys'],
  })
}
