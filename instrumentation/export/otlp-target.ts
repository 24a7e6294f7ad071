/** Where and how one signal is sent. OpenTelemetry's exporters read headers and compression by themselves. */
export interface OtlpTarget {
  /** The complete URL, which may contain secrets. */
  readonly url: string
  readonly timeoutMs: number
  readonly tls: OtlpTls
}

/** PEM files of a receiver with a private authority, or that asks for a client's certificate. */
interface OtlpTls {
  readonly ca: Buffer | undefined
  readonly key: Buffer | undefined
  readonly cert: Buffer | undefined
}

export interface MetricsPush extends OtlpTarget {
  readonly intervalMs: number
}
