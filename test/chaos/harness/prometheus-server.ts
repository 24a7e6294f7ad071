import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { fetchOnce } from './fetch-once.ts'
import { portOf } from './port-of.ts'
import { run } from './processes.ts'
import { until } from './wait.ts'

/** A real Prometheus that scrapes every second what a file tells it to. */
export interface Prometheus {
  /** Where to scrape from now on. */
  setTargets(metricsUrls: readonly string[]): void
  /** Values of an instant query by series, without its `job`. */
  query(expression: string): Promise<ReadonlyMap<string, number>>
  /** Every sample of a range selector, by series. */
  samples(selector: string): Promise<ReadonlyMap<string, readonly Sample[]>>
  /** Every series that there ever was. */
  everySeries(selector: string): Promise<readonly string[]>
}

export interface Sample {
  readonly timeSeconds: number
  readonly value: number
}

const config = `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: countinghouse
    honor_labels: true
    file_sd_configs: [{ files: [targets.json], refresh_interval: 1s }]
`

const labels = z.record(z.string(), z.string())
const pair = z.tuple([z.number(), z.string()])
const vector = z.object({
  data: z.object({ result: z.array(z.object({ metric: labels, value: pair })) }),
})
const matrix = z.object({
  data: z.object({ result: z.array(z.object({ metric: labels, values: z.array(pair) })) }),
})
const seriesList = z.object({ data: z.array(labels) })

export function hasPrometheus(): boolean {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export async function startPrometheus(
  stack: AsyncDisposableStack,
  parent: string,
): Promise<Prometheus> {
  const folder = join(parent, 'prometheus')
  mkdirSync(folder)
  writeFileSync(join(folder, 'prometheus.yml'), config)
  const setTargets = (metricsUrls: readonly string[]): void => {
    const targets = metricsUrls.map((url) => new URL(url).host)
    writeFileSync(join(folder, 'targets.new'), JSON.stringify([{ targets }]))
    renameSync(join(folder, 'targets.new'), join(folder, 'targets.json'))
  }
  setTargets([])
  const port = await freePort()
  const running = run(stack, {
    command: 'prometheus',
    args: [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    folder,
    environment: {},
  })
  const base = `http://127.0.0.1:${port}`
  await until('Prometheus to be ready', async () => {
    if (!running.isAlive()) throw new Error(`Prometheus ended: ${running.errorText()}`)
    return (await fetchOnce(`${base}/-/ready`).catch(() => undefined))?.status === 200
  })
  const ask = async (path: string, parameters: Record<string, string>): Promise<unknown> => {
    const answer = await fetchOnce(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`Prometheus answered ${answer.status}: ${text}`)
    return JSON.parse(text)
  }
  return {
    setTargets,
    query: async (expression) => {
      const { data } = vector.parse(await ask('query', { query: expression }))
      return new Map(data.result.map(({ metric, value }) => [nameOf(metric), Number(value[1])]))
    },
    samples: async (selector) => {
      const { data } = matrix.parse(await ask('query', { query: selector }))
      return new Map(
        data.result.map(({ metric, values }) => [
          nameOf(metric),
          values.map(([timeSeconds, value]) => ({ timeSeconds, value: Number(value) })),
        ]),
      )
    },
    everySeries: async (selector) => {
      const { data } = seriesList.parse(await ask('series', { 'match[]': selector }))
      return data.map((metric) => nameOf(metric))
    },
  }
}

/** A series as a page writes it; its name is left out where a function dropped it. */
function nameOf({ __name__: name = '', job: _job, ...rest }: Record<string, string>): string {
  const pairs = Object.entries(rest).map(([key, value]) => `${key}="${value}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}
