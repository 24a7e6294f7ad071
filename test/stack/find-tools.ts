import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The real Collector; empty when it can neither be found nor built. */
    readonly collectorPath: string
    /** A Prometheus 3 that takes OTLP; empty likewise. */
    readonly prometheusPath: string
  }
}

const script = new URL('build-tools.sh', import.meta.url).pathname

/** Programs on the PATH first, then what Go can build from pinned modules. */
export const setup = (project: TestProject): void => {
  const built = has('go') ? build() : undefined
  const collectorPath = has('otelcol') ? 'otelcol' : tool(built, 'otelcol')
  const prometheusPath = isPrometheus3('prometheus') ? 'prometheus' : tool(built, 'prometheus')
  project.provide('collectorPath', collectorPath)
  project.provide('prometheusPath', prometheusPath)
  if (collectorPath === '' || prometheusPath === '')
    process.stdout.write(
      'no Go and no otelcol or Prometheus 3 on the PATH: tests skip themselves\n',
    )
}

const build = (): string =>
  execFileSync('bash', [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    .toString()
    .trim()

const tool = (folder: string | undefined, name: string): string =>
  folder === undefined ? '' : join(folder, name)

const has = (program: string): boolean => spawnSync(program, ['version']).error === undefined

const isPrometheus3 = (program: string): boolean => {
  const { error, stdout } = spawnSync(program, ['--version'])
  return error === undefined && /version 3\./.test(stdout.toString())
}
