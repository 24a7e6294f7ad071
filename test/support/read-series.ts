import { counterNames } from '../../instrumentation/counters.ts'
import { type Access, getPage } from './get-page.ts'

const businessSeries = new RegExp(`^(${counterNames.join('|')})\\b`)

/** The business series of a Prometheus page by their text, such as `billing_payments_total{status="failed"}`. */
export function parseSeries(page: string): ReadonlyMap<string, number> {
  return new Map(
    page
      .split('\n')
      .filter((line) => businessSeries.test(line))
      .map((line) => {
        const end = line.lastIndexOf(' ')
        return [line.slice(0, end), Number(line.slice(end + 1))]
      }),
  )
}

/** Scrapes. Throws when the page is refused. */
export async function readSeries(
  metricsUrl: string,
  access?: Access,
): Promise<ReadonlyMap<string, number>> {
  const { status, text } = await getPage(metricsUrl, access)
  if (status !== 200) throw new Error(`the scrape was answered ${status}: ${text}`)
  return parseSeries(text)
}

/** A page without the label that says whose series it is, summed. */
export function withoutInstance(page: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const bare = new Map<string, number>()
  for (const [name, value] of page) {
    const series = name
      .replace(/(\{|,)instance="[^"]*",?/, '$1')
      .replace(/,?\}$/, '}')
      .replace('{}', '')
    bare.set(series, (bare.get(series) ?? 0) + value)
  }
  return bare
}
