import { diag } from '@opentelemetry/api'
import { afterEach, expect, test } from 'vitest'
import { explainExport, routeDiagnostics } from '../../../instrumentation/export/diagnostics.ts'

afterEach(() => diag.disable())

/** What is logged of what the SDK reports, in order. */
function logOf(report: () => void, level?: Parameters<typeof routeDiagnostics>[1]) {
  const lines: string[] = []
  routeDiagnostics((message, detail) => lines.push(`${message} | ${detail}`), level)
  report()
  return lines
}

function reportEverything(): void {
  diag.error('an error')
  diag.warn('a warning')
  diag.info('progress')
  diag.debug('a detail')
  diag.verbose('more details')
}

test.each([
  [undefined, ['OpenTelemetry: an error | ', 'OpenTelemetry: a warning | ']],
  ['warn', ['OpenTelemetry: an error | ', 'OpenTelemetry: a warning | ']],
  ['error', ['OpenTelemetry: an error | ']],
  ['none', []],
] as const)('at the level %s the SDK is logged as %j', (level, lines) => {
  expect(logOf(reportEverything, level)).toEqual(lines)
})

test('a second ledger in the process replaces the logger without a word', () => {
  expect(logOf(reportEverything)).toHaveLength(2)
  expect(logOf(() => undefined)).toEqual([])
})

test("a receiver's own words and bytes are left out, the rejected count is kept", () => {
  const answer = String.raw`{"rejectedDataPoints":"2","errorMessage":"a \"quoted\" token"}`
  expect(logOf(() => diag.warn('Received Partial Success response:', answer, 7))).toEqual([
    'OpenTelemetry: Received Partial Success response: | {"rejectedDataPoints":"2","errorMessage":"…"} 7',
  ])
  expect(logOf(() => diag.error('failed', new Uint8Array([116, 111])))).toEqual([
    'OpenTelemetry: failed | ',
  ])
})

test.each([
  [new Error('Request timed out'), 'the receiver gave no answer within 500 ms'],
  [failure('Unauthorized: token', 401), 'the receiver answered 401'],
  [failure('connect', 'ECONNREFUSED'), 'the receiver gave no answer (ECONNREFUSED)'],
  [
    failure('token', 'ERR_INVALID_CHAR'),
    'the headers cannot be sent (ERR_INVALID_CHAR): write name=value, percent-encoded',
  ],
  [
    failure('token', 'ERR_INVALID_HTTP_TOKEN'),
    'the headers cannot be sent (ERR_INVALID_HTTP_TOKEN): write name=value, percent-encoded',
  ],
  [new Error('shut down'), 'shut down'],
])('%s is explained', (error, text) => {
  expect(explainExport(error, 500)).toBe(text)
})

function failure(message: string, code: string | number): Error {
  return Object.assign(new Error(message), { code })
}
