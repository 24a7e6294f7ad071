import { type Logger, pino } from 'pino'

export type { Logger }

/** JSON lines on standard output. Whatever is named like a secret is struck out. */
export const createLogger = (level: string): Logger =>
  pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['*.authorization', '*.secretKey', '*.secret', '*.webhookSecrets', '*.apiKeys'],
  })
