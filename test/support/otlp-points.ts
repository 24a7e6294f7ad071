import { all, fieldsOf, first } from './protobuf.ts'

/** One number of a pushed sum. */
export interface PushedPoint {
  /** Of the whole resource. */
  readonly resource: Readonly<Record<string, string>>
  readonly instanceId: string
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly value: number
  /** Milliseconds. */
  readonly startedAt: number
  readonly isCumulative: boolean
}

/** Attributes of type text; others are empty. */
function attributesOf(message: Buffer, number: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    all(message, number).map((pair) => [
      first(pair, 1).toString(),
      first(first(pair, 2), 1).toString(),
    ]),
  )
}

/** The points of all sums of an ExportMetricsServiceRequest. */
export function readPoints(request: Buffer): readonly PushedPoint[] {
  return all(request, 1).flatMap((resourceMetrics) => {
    const resource = attributesOf(first(resourceMetrics, 1), 1)
    const metrics = all(resourceMetrics, 2).flatMap((scopeMetrics) => all(scopeMetrics, 2))
    return metrics.flatMap((metric) => {
      const sum = first(metric, 7)
      const isCumulative = fieldsOf(sum).some(({ number, varint }) => number === 2 && varint === 2)
      return all(sum, 1).map((point) => ({
        resource,
        instanceId: resource['service.instance.id'] ?? '',
        name: first(metric, 1).toString(),
        attributes: attributesOf(point, 7),
        value: numberOf(point),
        startedAt: Number(first(point, 2).readBigUInt64LE() / 1_000_000n),
        isCumulative,
      }))
    })
  })
}

function numberOf(point: Buffer): number {
  const integer = first(point, 6)
  return integer.length === 8 ? Number(integer.readBigInt64LE()) : first(point, 4).readDoubleLE()
}
