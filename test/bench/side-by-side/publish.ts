import { readFileSync, writeFileSync } from 'node:fs'
import { renderPlot } from './render-plot.ts'
import { renderTables } from './render-tables.ts'
import { type BenchRun, runSchema, writeRun } from './run-file.ts'

function pathOf(path: string): string {
  return new URL(`../../../${path}`, import.meta.url).pathname
}

/** The committed run, the page that shows its tables, and its plot. */
export const publishedRunFile = pathOf('test/bench/side-by-side/run.json')
export const pageFile = pathOf('docs/performance.md')
export const plotFile = pathOf('docs/pictures/performance.svg')

const begin = '<!-- tables of the run: written by npm run bench:peers -- --publish -->'
const end = '<!-- end of the tables -->'

/** Stores a run in the repository, with its tables in `docs/performance.md` and its plot. */
export function publish(run: BenchRun): void {
  writeFileSync(publishedRunFile, writeRun(run))
  writeFileSync(pageFile, withTables(readFileSync(pageFile, 'utf8'), run))
  const plot = renderPlot(run)
  if (plot !== undefined) writeFileSync(plotFile, plot)
}

/** The page with the tables of this run instead of those that it shows. Throws if it has no place for them. */
export function withTables(page: string, run: BenchRun): string {
  const [before, rest] = page.split(begin)
  const [, after] = rest?.split(end) ?? []
  if (before === undefined || after === undefined)
    throw new Error(`docs/performance.md has no ${begin} and ${end}`)
  return `${before}${begin}\n\n${renderTables(run)}\n\n${end}${after}`
}

/** A run from its file. Throws if it is none. */
export function readRun(file: string): BenchRun {
  return runSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
}
