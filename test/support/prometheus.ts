import { join } from 'node:path'
import { z } from 'zod'
import { type Access, getPage } from './get-page.ts'
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
  /** How it is asked, where its arguments put it behind TLS and authentication. */
  readonly access?: Access
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
  { folder, configFile, program = 'prometheus', args = () => [], access }: PrometheusOptions,
): Promise<PrometheusServer> {
  const address = `127.0.0.1:${await freePort()}`
  const url = `${access === undefined ? 'http' : 'https'}://${address}`
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
    return (await getPage(`${url}/-/ready`, access).catch(() => undefined))?.status === 200
  })
  const ask = async (path: string, parameters: Readonly<Record<string, string>> = {}) => {
    const query = new URLSearchParams(parameters)
    const { status, text } = await getPage(`${url}/api/v1/${path}?${query}`, access)
    if (status !== 200) throw new Error(`Prometheus answered ${status}: ${text}`)
    return answer.parse(JSON.parse(text)).data
  }
  return {
    url,
    ask,
    query: async (expression) => vector.parse(await ask('query', { query: expression })).result,
  }
}
