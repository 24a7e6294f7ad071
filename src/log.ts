import { type Logger, pino } from 'pino'

export type { Logger }

/** The same log, with the ids of the trace that is under way, where one is. */
export const withTraceIds = (log: Logger, readIds: () => object | undefined): Logger =>
  log.child({}, { formatters: { log: (fields) => ({ ...fields, ...readIds() }) } })

/** JSON lines on standard output. Whatever is named like a secret is struck out. */
export const createLogger = (level: string): Logger =>
  pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['*.authorization', '*.secretKey', '*.secret', '*.webhookSecrets', '*.apiKeys'],
  })
