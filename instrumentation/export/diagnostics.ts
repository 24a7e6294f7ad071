import { DiagLogLevel, diag } from '@opentelemetry/api'

const levels = { none: DiagLogLevel.NONE, error: DiagLogLevel.ERROR, warn: DiagLogLevel.WARN }

export type DiagnosticsLevel = keyof typeof levels

/**
 * Logs the SDK's warnings, which are dropped without a logger. The receiver's response is left out: it may
 * repeat the request, including its headers.
 */
export function routeDiagnostics(
  warn: (message: string, detail: string) => void,
  level: DiagnosticsLevel = 'warn',
): void {
  const report = (message: string, ...detail: unknown[]) =>
    warn(`OpenTelemetry: ${message}`, detail.flatMap(inOurWords).join(' '))
  const ignore = () => undefined
  diag.setLogger(
    { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: levels[level], suppressOverrideMessage: true },
  )
}

/** The message of a partial success, as JSON; the rejected count is kept. */
const errorMessage = /"errorMessage":"(?:[^"\\]|\\.)*"/g

function inOurWords(detail: unknown): readonly string[] {
  return detail instanceof Uint8Array
    ? []
    : [String(detail).replace(errorMessage, '"errorMessage":"…"')]
}

const malformedHeader: ReadonlySet<string> = new Set(['ERR_INVALID_HTTP_TOKEN', 'ERR_INVALID_CHAR'])

/**
 * Why an export failed, by status or code only: an error message may quote the receiver, or a header that
 * was set without its name.
 */
export function explainExport(error: Error, timeoutMs: number): string {
  if (error.message === 'Request timed out')
    return `the receiver gave no answer within ${timeoutMs} ms`
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'number') return `the receiver answered ${code}`
  if (typeof code !== 'string') return error.message
  return malformedHeader.has(code)
    ? `the headers cannot be sent (${code}): write name=value, percent-encoded`
    : `the receiver gave no answer (${code})`
}
