import { all, fieldsOf, first } from './protobuf.ts'

/** A span as it arrived. */
export interface PushedSpan {
  readonly resource: Readonly<Record<string, string | number>>
  readonly traceId: string
  readonly spanId: string
  /** Empty for the first of a trace. */
  readonly parentId: string
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client' | undefined
  readonly attributes: Readonly<Record<string, string | number>>
  readonly error: string | undefined
}

const kinds = [undefined, 'internal', 'server', 'client'] as const

function numberOf(message: Buffer, number: number): number | undefined {
  return fieldsOf(message).find((field) => field.number === number)?.varint
}

function attributesOf(message: Buffer, number: number): PushedSpan['attributes'] {
  return Object.fromEntries(
    all(message, number).map((pair) => {
      const value = first(pair, 2)
      return [first(pair, 1).toString(), numberOf(value, 3) ?? first(value, 1).toString()]
    }),
  )
}

const failed = 2

/** The spans of an ExportTraceServiceRequest. */
export function readSpans(request: Buffer): readonly PushedSpan[] {
  return all(request, 1).flatMap((resourceSpans) => {
    const resource = attributesOf(first(resourceSpans, 1), 1)
    const spans = all(resourceSpans, 2).flatMap((scopeSpans) => all(scopeSpans, 2))
    return spans.map((span) => {
      const status = first(span, 15)
      return {
        resource,
        traceId: first(span, 1).toString('hex'),
        spanId: first(span, 2).toString('hex'),
        parentId: first(span, 4).toString('hex'),
        name: first(span, 5).toString(),
        kind: kinds[numberOf(span, 6) ?? 0],
        attributes: attributesOf(span, 9),
        error: numberOf(status, 3) === failed ? first(status, 2).toString() : undefined,
      }
    })
  })
}
