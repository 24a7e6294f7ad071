import type { OtlpTarget } from '../../../instrumentation/export/otlp-target.ts'
import { readFileBytes } from '../secret-files.ts'
import type { VariableReader } from './read-variables.ts'

interface Variable {
  readonly name: string
  readonly value: string | undefined
}

type Signal = 'METRICS' | 'TRACES'

export interface TargetOptions {
  readonly signal: Signal
  /** Whether the signal is sent at all; to the specification's address if it was asked for and none is set. */
  readonly isOn: boolean
  readonly isAskedFor: boolean
  readonly refuse: (problem: string) => void
}

/** The specification's address of a Collector beside the service. */
const localCollector = 'http://localhost:4318'
const timeoutMsDefault = 10_000

/** Undefined if the signal is not sent. A malformed endpoint is refused, and so is gRPC to a given endpoint. */
export function readTarget(
  reader: VariableReader,
  { signal, isOn, isAskedFor, refuse }: TargetOptions,
): OtlpTarget | undefined {
  const both = (suffix: string): Variable => {
    const own = `OTEL_EXPORTER_OTLP_${signal}_${suffix}`
    const ofAll = `OTEL_EXPORTER_OTLP_${suffix}`
    const [value, valueOfAll] = [reader.text(own), reader.text(ofAll)]
    return value === undefined ? { name: ofAll, value: valueOfAll } : { name: own, value }
  }
  const shared = readEndpoint(reader, 'OTEL_EXPORTER_OTLP_ENDPOINT', refuse)
  const own = readEndpoint(reader, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, refuse)
  const base = shared ?? (isAskedFor ? localCollector : undefined)
  const url = own ?? (base === undefined ? undefined : withPath(base, signal))
  both('HEADERS')
  reader.choice(both('COMPRESSION').name, ['gzip', 'none'], 'nothing is compressed')

  checkProtocol(reader, both('PROTOCOL'), isOn && url !== undefined ? refuse : undefined)
  const target = {
    timeoutMs: reader.integer(both('TIMEOUT').name, timeoutMsDefault, 1),
    tls: {
      ca: readFile(reader, both('CERTIFICATE')),
      key: readFile(reader, both('CLIENT_KEY')),
      cert: readFile(reader, both('CLIENT_CERTIFICATE')),
    },
  }
  return isOn && url !== undefined ? { url, ...target } : undefined
}

/** A gRPC receiver does not understand what is sent, so data would be lost. */
function checkProtocol(
  reader: VariableReader,
  { name, value }: Variable,
  refuse: ((problem: string) => void) | undefined,
): void {
  const protocol = value?.toLowerCase()
  if (protocol === undefined || protocol === 'http/protobuf') return
  if (protocol === 'grpc' && refuse !== undefined)
    refuse(
      `${name}=grpc: this service sends OTLP over HTTP alone: set ${name}=http/protobuf and an endpoint that takes it, on a Collector usually port 4318`,
    )
  else reader.warn(`${name}: only http/protobuf can be chosen here, and it is used`)
}

function readEndpoint(
  reader: VariableReader,
  name: string,
  refuse: (problem: string) => void,
): string | undefined {
  const value = reader.text(name)
  if (value === undefined) return undefined
  if (!/^https?:\/\/./i.test(value) || !URL.canParse(value)) {
    refuse(`${name}: give a whole URL such as https://example.com/path`)
    return undefined
  }
  const { username, password } = new URL(value)
  if (username !== '' || password !== '')
    reader.warn(
      `${name}: a user and password in the URL are not sent: set OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20…`,
    )
  return value
}

/** The signal's path below the base, whose query stays behind it. */
function withPath(base: string, signal: Signal): string {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal.toLowerCase()}`
  return url.href
}

function readFile(reader: VariableReader, { name, value }: Variable): Buffer | undefined {
  if (value === undefined) return undefined
  const bytes = readFileBytes(value)
  if (bytes === undefined) reader.warn(`${name}: the file cannot be read, and OTLP goes without it`)
  return bytes
}
