import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compareAll } from './compare.ts'
import { pageFile, plotFile, publishedRunFile, readRun, withTables } from './publish.ts'
import { renderPlot } from './render-plot.ts'
import { renderTables } from './render-tables.ts'
import { type BenchRun, runSchema, writeRun } from './run-file.ts'

const published = readRun(publishedRunFile)

test('docs/performance.md shows the tables of the committed run', () => {
  const page = readFileSync(pageFile, 'utf8')
  expect(withTables(page, published)).toBe(page)
})

test('the plot of docs/performance.md is that of the committed run', () => {
  expect(renderPlot(published)).toBe(readFileSync(plotFile, 'utf8'))
})

test('the committed run has a sample of each round, and at least five rounds', () => {
  expect(published.options.rounds).toBeGreaterThanOrEqual(5)
  const groups = Map.groupBy(published.samples, ({ table, subject, conditions }) =>
    JSON.stringify([table, subject, conditions]),
  )
  expect(groups.size).toBeGreaterThan(60)
  const rounds = Array.from({ length: published.options.rounds }, (_, index) => index + 1)
  for (const [name, samples] of groups)
    expect([name, samples.map(({ round }) => round)]).toEqual([name, rounds])
})

test('a run is read from its file as it was written', () => {
  expect(runSchema.parse(JSON.parse(writeRun(published)))).toEqual(published)
})

/** Rounds of 64 connections in which the machine was once fast and twice slow. */
const moody: BenchRun = {
  ...published,
  samples: [
    [1, 10_000, 12_500, 100, 80],
    [2, 4_000, 8_000, 110, 55],
    [3, 2_000, 2_500, 120, 96],
  ].flatMap(([round = 0, ours = 0, theirs = 0, ourCpu = 0, theirCpu = 0]) => [
    sampleOf('countinghouse-sqlite', round, ours, ourCpu),
    sampleOf('hono-construct-event', round, theirs, theirCpu),
  ]),
}

function sampleOf(subject: string, round: number, perSecond: number, serverCpuUs: number) {
  const figures = { perSecond, serverCpuUs, databaseCpuUs: 0, loadCpuUs: 1 }
  return { table: 'webhooks', subject, round, conditions: { connections: 64 }, figures }
}

test('a ratio is taken within each round, and the median of the ratios is what counts', () => {
  const [compared, ...others] = compareAll(moody)
  expect(others).toEqual([])
  expect(compared).toEqual({
    title: 'webhooks ÷ Hono + constructEvent, SQLite, 64 connections',
    median: 0.8,
    lowest: 0.5,
    highest: 0.8,
    byCpu: 0.8,
    target: 'at least 1.05',
    isMet: false,
  })
})

test('a table has the medians of its samples, and only what was measured', () => {
  const text = renderTables(moody)
  expect(text).toContain('| countinghouse, SQLite | 4,000 (110) |')
  expect(text).toContain('| Hono + constructEvent | 8,000 (80) |')
  expect(text).not.toContain('Checkout')
})
