import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { z } from 'zod'
import { configurePrometheus } from '../deploy/configure-prometheus.ts'
import { type Certificate, createAuthority } from '../support/certificates.ts'
import type { Access } from '../support/get-page.ts'
import { type PrometheusServer, startPrometheus } from '../support/prometheus.ts'
import { type RunningService, runService } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import { uncomment } from '../support/uncomment.ts'
import {
  type Backend,
  type Collector,
  collectorFile,
  loopback,
  startBackend,
  startCollector,
} from './programs.ts'

const tlsFile = new URL('../../deploy/monitoring/otel-collector-tls.yaml', import.meta.url).pathname

const metricsToken = 'a-token-of-a-scrape-job'
const otlpToken = 'a-token-of-the-service'
const backendLogin = 'collector:backend-password'
/** Of that password, as `htpasswd -B` makes it. */
const backendHash = '$2b$04$yuwVI7IIs8I7AuH7srVOG.lKYNzgeCbrqCD.ay1h1YyYARC0lSL.i'

type Environment = Readonly<Record<string, string>>

/** Files with the certificates and secrets of one stack, and wrong ones beside them. */
export interface Guards {
  readonly folder: string
  readonly caFile: string
  readonly otherCaFile: string
  readonly certificate: Certificate
  readonly tokenFile: string
  readonly wrongTokenFile: string
  /** The address at which the Collector listens. */
  readonly bind: string
  /** How the service's page is read, and how the backend is asked. */
  readonly page: Access
  readonly backend: Access
}

export function createGuards(): Guards {
  const folder = temporaryFolder()
  const authority = createAuthority(folder)
  const bind = loopback()
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const ca = readFileSync(authority.caFile)
  write('otlp-token', `a-token-that-is-to-come\n${otlpToken}\n`)
  return {
    folder,
    caFile: authority.caFile,
    otherCaFile: createAuthority(folder, 'other').caFile,
    certificate: authority.issue('server', `DNS:localhost,IP:127.0.0.1,IP:${bind}`),
    tokenFile: write('token', metricsToken),
    wrongTokenFile: write('wrong-token', 'another-token-of-a-job'),
    bind,
    page: { ca, authorization: `Bearer ${metricsToken}` },
    backend: { ca, authorization: basic(backendLogin) },
  }
}

export function basic(login: string): string {
  return `Basic ${Buffer.from(login).toString('base64')}`
}

/** A Prometheus 3 that takes OTLP by HTTPS from those who know its password. */
export function startGuardedBackend({ folder, certificate, backend }: Guards): Promise<Backend> {
  const webConfigFile = join(folder, 'web.yml')
  const { certFile, keyFile } = certificate
  writeFileSync(
    webConfigFile,
    `tls_server_config: { cert_file: ${certFile}, key_file: ${keyFile} }
basic_auth_users: { collector: "${backendHash}" }
`,
  )
  return startBackend(folder, { webConfigFile, access: backend })
}

/** The Collector on the two files that we ship. */
export function startGuardedCollector(
  { folder, bind, caFile, certificate, tokenFile, backend }: Guards,
  { otlpUrl }: Backend,
  environment: Environment,
): Promise<Collector> {
  return startCollector(
    folder,
    {
      OTELCOL_BIND: bind,
      OTELCOL_TLS_CERT_FILE: certificate.certFile,
      OTELCOL_TLS_KEY_FILE: certificate.keyFile,
      OTLP_TOKEN_FILE: join(folder, 'otlp-token'),
      COUNTINGHOUSE_TOKEN_FILE: tokenFile,
      COUNTINGHOUSE_CA_FILE: caFile,
      OTLP_BACKEND_URL: otlpUrl,
      OTLP_BACKEND_CA_FILE: caFile,
      OTLP_AUTH_HEADER: backend.authorization,
      ...environment,
    },
    collectorFile,
    tlsFile,
  )
}

/** The service, whose metrics are behind TLS and a token. */
export function startGuardedService(
  { certificate }: Guards,
  environment: Environment,
): Promise<RunningService> {
  return runService(temporaryFolder(), {
    ...webhooksOnly,
    METRICS_TOKEN: metricsToken,
    METRICS_TLS_CERT_FILE: certificate.certFile,
    METRICS_TLS_KEY_FILE: certificate.keyFile,
    ...environment,
  })
}

/** What makes the service push to the Collector. */
export function pushing({ bind, caFile }: Guards): Environment {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: `https://${bind}:4318`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${otlpToken}`,
    OTEL_EXPORTER_OTLP_CERTIFICATE: caFile,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
  }
}

/** A Prometheus 3 on the shipped file, with the lines uncommented that it has for TLS and a token. */
export async function startScraper(
  metricsUrl: string,
  { tokenFile, caFile }: Pick<Guards, 'tokenFile' | 'caFile'>,
): Promise<PrometheusServer> {
  const folder = temporaryFolder()
  const configured = configurePrometheus(folder, (text) =>
    uncomment(text)
      .replace('secrets/countinghouse-token', tokenFile)
      .replace('secrets/countinghouse-ca.crt', caFile),
  )
  configured.target('countinghouse', [metricsUrl])
  const program = inject('tools').paths.prometheus
  return await startPrometheus(testStack(), { folder, configFile: configured.file, program })
}

const targets = z.object({
  activeTargets: z.array(
    z.object({ health: z.string(), lastError: z.string(), scrapePool: z.string() }),
  ),
})

/** What a Prometheus says of its target. */
export async function targetOf({ ask }: PrometheusServer): Promise<string> {
  const { activeTargets } = targets.parse(await ask('targets'))
  const own = activeTargets.filter(({ scrapePool }) => scrapePool === 'countinghouse')
  return own.map(({ health, lastError }) => `${health}: ${lastError}`).join('; ')
}
