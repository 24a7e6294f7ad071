import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { startPrometheus } from '../../support/prometheus.ts'

/** A real Prometheus that scrapes the targets of a file every second. */
export interface ScrapingPrometheus {
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

/** The selector of the business series. */
export const business =
  '{__name__=~"marketing_posts_total|billing_checkout_started_total|billing_payments_total"}'
/** The range of everything that a run may have scraped. */
export const allTime = '[1h]'

const config = `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: countinghouse
    honor_labels: true
    file_sd_configs: [{ files: [targets.json], refresh_interval: 1s }]
`

const labels = z.record(z.string(), z.string())
const matrix = z.object({
  result: z.array(z.object({ metric: labels, values: z.array(z.tuple([z.number(), z.string()])) })),
})
const seriesList = z.array(labels)

export function hasPrometheus(): boolean {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Starts one in a folder of `parent`; it ends with the stack. */
export async function startScraping(
  stack: AsyncDisposableStack,
  parent: string,
): Promise<ScrapingPrometheus> {
  const folder = join(parent, 'prometheus')
  mkdirSync(folder)
  writeFileSync(join(folder, 'prometheus.yml'), config)
  const setTargets = (metricsUrls: readonly string[]): void => {
    const targets = metricsUrls.map((url) => new URL(url).host)
    writeFileSync(join(folder, 'targets.new'), JSON.stringify([{ targets }]))
    renameSync(join(folder, 'targets.new'), join(folder, 'targets.json'))
  }
  setTargets([])
  const { ask, query } = await startPrometheus(stack, { folder, configFile: 'prometheus.yml' })
  return {
    setTargets,
    query: async (expression) =>
      new Map(
        (await query(expression)).map(({ metric, value }) => [nameOf(metric), Number(value[1])]),
      ),
    samples: async (selector) => {
      const { result } = matrix.parse(await ask('query', { query: selector }))
      return new Map(
        result.map(({ metric, values }) => [
          nameOf(metric),
          values.map(([timeSeconds, value]) => ({ timeSeconds, value: Number(value) })),
        ]),
      )
    },
    everySeries: async (selector) =>
      seriesList.parse(await ask('series', { 'match[]': selector })).map(nameOf),
  }
}

/** A series as a page writes it; its name is left out where a function dropped it. */
function nameOf({ __name__: name = '', job: _job, ...rest }: Record<string, string>): string {
  const pairs = Object.entries(rest).map(([key, value]) => `${key}="${value}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}
