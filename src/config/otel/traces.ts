import type { TraceSettings } from '../../../instrumentation/traces/trace-settings.ts'
import { readTarget } from './otlp-target.ts'
import type { VariableReader } from './read-variables.ts'

type Sampling = Pick<TraceSettings, 'ratio' | 'isParentBased'>

/** Undefined if nothing is traced. */
export function readTraces(
  reader: VariableReader,
  refuse: (problem: string) => void,
  isDisabled: boolean,
): TraceSettings | undefined {
  const exporters = reader.list(
    'OTEL_TRACES_EXPORTER',
    ['otlp', 'none'],
    'traces go by OTLP, if an endpoint is set',
  )
  const isAskedFor = exporters?.includes('otlp') === true
  const sampling = readSampling(reader)
  const isOn = !isDisabled && sampling !== undefined && (isAskedFor || exporters === undefined)
  const target = readTarget(reader, { signal: 'TRACES', isOn, isAskedFor, refuse })
  const rest = {
    batches: readBatches(reader),
    limits: readLimits(reader),
    continuesCallers: readPropagators(reader),
  }
  return target === undefined || sampling === undefined
    ? undefined
    : { ...target, ...sampling, ...rest }
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

/** Undefined if no span can be exported. Without a sampler, the share is that of new traces. */
function readSampling(reader: VariableReader): Sampling | undefined {
  const sampler = reader.choice('OTEL_TRACES_SAMPLER', samplers, 'parentbased_traceidratio is used')
  const share = readShare(reader)
  const chosen = sampler ?? 'parentbased_traceidratio'
  const isParentBased = chosen.startsWith('parentbased_')
  const ratio = chosen.endsWith('always_on') ? 1 : chosen.endsWith('always_off') ? 0 : share
  const isNever = ratio === 0 && (!isParentBased || sampler === undefined)
  return isNever ? undefined : { ratio, isParentBased }
}

function readShare(reader: VariableReader): number {
  const name = 'OTEL_TRACES_SAMPLER_ARG'
  const value = reader.text(name)
  if (value === undefined) return 1
  const share = /^(\d*\.)?\d+(e-?\d+)?$/i.test(value) ? Number(value) : Number.NaN
  if (share >= 0 && share <= 1) return share
  reader.warn(`${name}: give the share of traces to send, from 0 to 1: 1 is used`)
  return 1
}

function readBatches(reader: VariableReader): TraceSettings['batches'] {
  const queueMax = reader.integer('OTEL_BSP_MAX_QUEUE_SIZE', 2_048, 1, 100_000)
  const batchMax = reader.integer('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512, 1, 100_000)
  if (batchMax > queueMax)
    reader.warn(
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE: it is above OTEL_BSP_MAX_QUEUE_SIZE, which counts for both',
    )
  return {
    delayMs: reader.integer('OTEL_BSP_SCHEDULE_DELAY', 5_000, 1),
    timeoutMs: reader.integer('OTEL_BSP_EXPORT_TIMEOUT', 30_000, 1),
    queueMax,
    batchMax: Math.min(batchMax, queueMax),
  }
}

const valueCharsMax = 200
const attributesMaxDefault = 128

/** The limits of spans before those of everything. Values are never longer than our own limit. */
function readLimits(reader: VariableReader): TraceSettings['limits'] {
  const both = (suffix: string, fallback: number) =>
    reader.integer(
      `OTEL_SPAN_ATTRIBUTE_${suffix}`,
      reader.integer(`OTEL_ATTRIBUTE_${suffix}`, fallback, 0),
      0,
    )
  return {
    valueCharsMax: Math.min(both('VALUE_LENGTH_LIMIT', valueCharsMax), valueCharsMax),
    attributesMax: both('COUNT_LIMIT', attributesMaxDefault),
  }
}

function readPropagators(reader: VariableReader): boolean {
  const name = 'OTEL_PROPAGATORS'
  const chosen = reader.list(
    name,
    ['tracecontext', 'baggage', 'none'],
    "a caller's trace is read from traceparent alone, and only if tracecontext is listed",
  )
  return reader.text(name) === undefined || chosen?.includes('tracecontext') === true
}
