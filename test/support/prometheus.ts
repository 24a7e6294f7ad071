import { join } from 'node:path'
import { z } from 'zod'
import { fetchOnce } from './fetch-once.ts'
import { freePort } from './loopback.ts'
import { run } from './run-process.ts'
import { until } from './until.ts'

/** A real Prometheus. */
export interface PrometheusServer {
  readonly url: string
  /** Asks its API; answers the `data`. Throws when it refuses. */
  ask(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>
  /** The series of an instant query, with their values. */
  query(expression: string): Promise<z.infer<typeof vector>['result']>
}

export interface PrometheusOptions {
  /** Where its data goes, and from where it runs. */
  readonly folder: string
  readonly configFile: string
  readonly program?: string
  readonly args?: (address: string) => readonly string[]
}

const answer = z.object({ data: z.unknown() })
const vector = z.object({
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      value: z.tuple([z.number(), z.string()]),
    }),
  ),
})

/** Starts it and waits until it is ready; it ends with the stack. */
export async function startPrometheus(
  stack: AsyncDisposableStack,
  { folder, configFile, program = 'prometheus', args = () => [] }: PrometheusOptions,
): Promise<PrometheusServer> {
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  const running = run(stack, {
    command: program,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
      ...args(address),
    ],
    folder,
  })
  await until('Prometheus to be ready', async () => {
    if (!running.isAlive()) throw new Error(`Prometheus ended: ${running.errorText()}`)
    return (await fetchOnce(`${url}/-/ready`).catch(() => undefined))?.status === 200
  })
  const ask = async (path: string, parameters: Readonly<Record<string, string>> = {}) => {
    const response = await fetchOnce(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    const text = await response.text()
    if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${text}`)
    return answer.parse(JSON.parse(text)).data
  }
  return {
    url,
    ask,
    query: async (expression) => vector.parse(await ask('query', { query: expression })).result,
  }
}
